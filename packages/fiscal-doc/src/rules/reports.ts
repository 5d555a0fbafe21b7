import type { FiscalDocument } from '../document.js';
import { listOf, numberOf, tagValue, textOf } from '../tag-list.js';
import type { FfdVersion } from '../tags/definition.js';
import { tagDefinition } from '../tags/dictionary.js';
import type { TagList } from '../tags.js';
import { clauseAt } from './clause.js';
import type { Issue, Report } from './issue.js';
import { rubles } from './receipt-context.js';

// Registrations, whose content depends on how the register is used, and counters of reports.

/** Rules of registrations (1, 11). */
export function checkRegistration(document: FiscalDocument, version: FfdVersion, report: Report): void {
  if (document.code !== 1 && document.code !== 11) return;
  const { tags, name } = document;
  const clause = clauseAt(version, document.code, 0);
  const offline = tagValue(tags, 1002) === true;
  const automatic = tagValue(tags, 1001) === true;
  const need = (tag: number, message: string, message_ru: string) => {
    if ((textOf(tags, tag) ?? '') !== '') return;
    report({
      code: 'registration',
      path: `${name}/${tag}`,
      tag,
      severity: version === '1.0' ? 'warning' : 'error',
      message,
      message_ru,
      clause,
    });
  };
  if (!offline) {
    need(1017, 'a register that sends documents names its operator', 'Нет ИНН ОФД');
    if (version !== '1.0')
      need(1046, 'a register that sends documents names its operator', 'Нет наименования ОФД');
  }
  if (automatic) need(1036, 'an automat has a number', 'Нет номера автомата');
  const warn = (tag: number, message: string, message_ru: string) =>
    report({
      code: 'registration',
      path: `${name}/${tag}`,
      tag,
      severity: 'warning',
      message,
      message_ru,
      clause,
    });
  const stated = numberOf(tags, 1209);
  const ofRegister = numberOf(tags, 1189);
  const ofDrive = numberOf(tags, 1190);
  if (stated !== undefined && ofRegister !== undefined && stated > ofRegister)
    warn(
      1209,
      'the document has a newer format than its register',
      'Версия ФФД документа выше версии ФФД ККТ',
    );
  if (stated !== undefined && ofDrive !== undefined && stated > ofDrive)
    warn(1209, 'the document has a newer format than its drive', 'Версия ФФД документа выше версии ФФД ФН');
  if (document.code === 1 && (numberOf(tags, 1040) ?? 1) !== 1)
    warn(
      1040,
      'a registration is the first document of its drive',
      'Отчет о регистрации - первый документ ФН',
    );
  if (document.code === 11 && version !== '1.0') {
    const reason = version === '1.05' ? 1101 : 1205;
    const value = numberOf(tags, reason);
    if (value === undefined || (reason === 1205 && value === 0))
      warn(reason, 'nothing is said to have changed', 'Не указана причина изменения сведений о ККТ');
  }
}

const settlements = [1129, 1130, 1131, 1132] as const;
const corrected = [1145, 1146, 1232, 1233] as const;
const paidTags = [1136, 1138, 1218, 1219, 1220] as const;

/** Counters of reports: each total is what was paid, the receipts add up, what waits has a day. */
export function checkCounters(document: FiscalDocument, version: FfdVersion, report: Report): void {
  const { tags, name, code } = document;
  const say = (one: Omit<Issue, 'code' | 'severity'> & Partial<Pick<Issue, 'code' | 'severity'>>) =>
    report({ code: 'sum-counters', severity: 'error', ...one });
  for (const parent of [1157, 1158, 1194]) {
    const counters = listOf(tags, parent);
    if (counters === undefined) continue;
    const clause = clauseAt(version, code, parent);
    const where = `${name}/${tagDefinition(parent)?.name ?? parent}`;
    const corrections = parent === 1158 ? counters : listOf(counters, 1133);
    let receipts = 0;
    const one = (list: TagList, path: string) => {
      receipts += numberOf(list, 1135) ?? 0;
      const total = numberOf(list, 1201);
      const paid = paidTags.reduce((sum, tag) => sum + (numberOf(list, tag) ?? 0), 0);
      if (total === undefined || total === paid) return;
      say({
        path: `${path}/1201`,
        tag: 1201,
        message: `payments are ${rubles(paid)}, the total is ${rubles(total)}`,
        message_ru: `Сумма оплат ${rubles(paid)} не равна итогу ${rubles(total)}`,
        clause,
      });
    };
    for (const tag of settlements) {
      const list = listOf(counters, tag);
      if (list !== undefined) one(list, `${where}/${tagDefinition(tag)?.name ?? tag}`);
    }
    const before = receipts;
    for (const tag of corrected) {
      const list = corrections === undefined ? undefined : listOf(corrections, tag);
      if (list !== undefined) one(list, `${where}/${tagDefinition(tag)?.name ?? tag}`);
    }
    const statedCorrections = corrections === undefined ? undefined : numberOf(corrections, 1144);
    // What waits to be sent is counted by kind, receipts and corrections together.
    if (parent === 1158) continue;
    if (statedCorrections !== undefined && statedCorrections !== receipts - before)
      say({
        path: `${where}/1144`,
        tag: 1144,
        message: `corrections by kind are ${receipts - before}, ${statedCorrections} are stated`,
        message_ru: `Чеков коррекции по видам ${receipts - before}, указано ${statedCorrections}`,
        clause,
      });
    const all = numberOf(counters, 1134);
    if (all !== undefined && all !== receipts)
      say({
        path: `${where}/1134`,
        tag: 1134,
        message: `receipts by kind are ${receipts}, ${all} are stated`,
        message_ru: `Чеков по видам ${receipts}, указано ${all}`,
        clause,
      });
  }
  const clause = clauseAt(version, code, 0);
  if (code === 5) {
    const documents = numberOf(tags, 1111);
    const receipts = numberOf(tags, 1118);
    // The two reports of the shift are documents too.
    if (documents !== undefined && receipts !== undefined && receipts + 2 > documents)
      say({
        path: `${name}/1111`,
        tag: 1111,
        severity: 'warning',
        message: `${receipts} receipts and two reports are more than ${documents} documents`,
        message_ru: `Чеков ${receipts} и два отчета - больше, чем ФД за смену: ${documents}`,
        clause,
      });
  }
  if ((code === 5 || code === 21) && (numberOf(tags, 1097) ?? 0) > 0 && tagValue(tags, 1098) === undefined)
    say({
      code: 'missing',
      path: `${name}/1098`,
      tag: 1098,
      severity: 'warning',
      message: 'documents wait, but not since when',
      message_ru: 'Есть непереданные ФД, но нет даты первого из них',
      clause,
    });
}
