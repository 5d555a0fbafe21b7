import { listOf, numberOf, tagValue, textOf } from '../tag-list.js';
import type { TagList } from '../tags.js';
import { clauseAt } from './clause.js';
import type { Context } from './receipt-context.js';

// Who takes part and why: agents and suppliers, corrections, the buyer on the internet, the cashier, the tax system.

/** Members of the agent's data that each kind of agent gives. */
const agentMembers: readonly (readonly [mask: number, tags: readonly number[]])[] = [
  [1 | 2, [1005, 1016, 1026, 1044, 1075]],
  [4 | 8, [1073, 1074]],
];

function checkMembers(
  { say }: Context,
  agent: number,
  data: TagList,
  path: string,
  clause: string | undefined,
): void {
  for (const [mask, members] of agentMembers) {
    if ((agent & mask) === 0) continue;
    for (const tag of members)
      if (tagValue(data, tag) === undefined)
        say(
          'agent',
          'warning',
          `${path}/${tag}`,
          tag,
          `tag ${tag} of the agent is missing`,
          `Нет реквизита ${tag} в данных агента`,
          clause,
        );
  }
}

/** Agents of lines, and – in FFD 1.05 and 1.1 – of the whole receipt. */
export function checkAgents(context: Context): void {
  const { tags, path, lines, version, say } = context;
  const whole = version === '1.2' ? 0 : (numberOf(tags, 1057) ?? 0);
  if (whole !== 0) {
    checkMembers(context, whole, tags, path, undefined);
    const byLines = lines.some((line) => listOf(line.tags, 1224) !== undefined);
    if (textOf(tags, 1171) === undefined && !byLines)
      say(
        'agent',
        'warning',
        `${path}/1171`,
        1171,
        'nothing is said of the supplier',
        'Нет телефона поставщика',
      );
  }
  for (const line of lines) {
    const agent = numberOf(line.tags, 1222) ?? 0;
    if (agent === 0) continue;
    if ((agent & (agent - 1)) !== 0)
      say(
        'agent',
        'warning',
        `${line.path}/1222`,
        1222,
        'one kind of agent a line',
        'В позиции указывается один вид агента',
      );
    if (textOf(line.tags, 1226) === undefined)
      say(
        'agent',
        'error',
        `${line.path}/1226`,
        1226,
        'the supplier of an agent is missing',
        'Нет ИНН поставщика',
      );
    if (listOf(line.tags, 1224) === undefined && textOf(tags, 1171) === undefined)
      say(
        'agent',
        'warning',
        `${line.path}/providerData`,
        1224,
        'nothing is said of the supplier',
        'Нет данных поставщика',
      );
    if (whole !== 0) continue;
    checkMembers(
      context,
      agent,
      listOf(line.tags, 1223) ?? [],
      `${line.path}/paymentAgentData`,
      clauseAt(version, 3, 1223),
    );
  }
}

/** Reasons of corrections. */
export function checkCorrection({ tags, path, version, correction, say }: Context): void {
  if (!correction) return;
  const settlement = numberOf(tags, 1054);
  if (version === '1.05' && settlement !== undefined && settlement !== 1 && settlement !== 3)
    say(
      'correction',
      'error',
      `${path}/1054`,
      1054,
      'FFD 1.05 corrects sales and purchases only',
      'В ФФД 1.05 корректируются только приход и расход',
    );
  const base = listOf(tags, 1174);
  if (base === undefined) return;
  const clause = clauseAt(version, 31, 1174);
  const where = `${path}/correctionBase/1178`;
  const day = textOf(base, 1178);
  if (day === undefined)
    say(
      'correction',
      'error',
      where,
      1178,
      'the day of the corrected settlement is missing',
      'Нет даты корректируемого расчета',
      clause,
    );
  else {
    if (day.length > 10)
      say(
        'date',
        'warning',
        where,
        1178,
        'a day has no time',
        'Дата корректируемого расчета указана со временем',
        clause,
      );
    const now = textOf(tags, 1012);
    if (now !== undefined && day.slice(0, 10) > now.slice(0, 10))
      say(
        'date',
        'error',
        where,
        1178,
        'corrects a settlement to come',
        'Дата корректируемого расчета позже даты чека',
        clause,
      );
  }
  const type = numberOf(tags, 1173);
  const number = (textOf(base, 1179) ?? '').trim();
  if (type === 1 && number === '')
    say(
      'correction',
      'error',
      `${path}/correctionBase/1179`,
      1179,
      "the number of the tax service's order is missing",
      'Нет номера предписания налогового органа',
      clause,
    );
  else if (type === 0 && number !== '' && version !== '1.0')
    say(
      'correction',
      'warning',
      `${path}/correctionBase/1179`,
      1179,
      'a correction of one’s own names an order',
      'При самостоятельной коррекции указан номер предписания',
      clause,
    );
}

/** The internet, the cashier, the tax system. */
export function checkCircumstances({ tags, path, version, say }: Context): void {
  const internet = tagValue(tags, 1125) === true && version !== '1.0';
  const internetOnly = tagValue(tags, 1108) === true;
  if ((internet || internetOnly) && (textOf(tags, 1008) ?? '') === '')
    say(
      'internet',
      'error',
      `${path}/1008`,
      1008,
      "a payment over the internet has the buyer's address",
      'При расчете в интернете нужен адрес покупателя',
      '54-ФЗ, ст. 1.2, п. 5',
    );
  const automatic = textOf(tags, 1036) !== undefined || internetOnly || internet;
  if (!automatic && textOf(tags, 1021) === undefined)
    say('cashier', 'warning', `${path}/1021`, 1021, 'nobody is named as the cashier', 'Не указан кассир');
  const taxation = numberOf(tags, 1055);
  const now = textOf(tags, 1012) ?? '';
  if (taxation !== undefined && (taxation & (taxation - 1)) !== 0)
    say(
      'taxation',
      'error',
      `${path}/1055`,
      1055,
      'one tax system a receipt',
      'В чеке указывается одна система налогообложения',
    );
  if (taxation === 8 && now >= '2021-01-01')
    say(
      'taxation',
      'error',
      `${path}/1055`,
      1055,
      'ЕНВД ended with 2020',
      'ЕНВД не действует с 01.01.2021',
      '97-ФЗ, ст. 5, ч. 8',
    );
  const properties = listOf(tags, 1084);
  if (properties === undefined) return;
  for (const tag of [1085, 1086])
    if (textOf(properties, tag) === undefined)
      say(
        'missing',
        'warning',
        `${path}/properties/${tag}`,
        tag,
        'name and value stand together',
        'Наименование и значение указываются вместе',
        clauseAt(version, 3, 1084),
      );
}
