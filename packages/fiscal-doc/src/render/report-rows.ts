import type { FiscalDocument } from '../document.js';
import { tagDefinition } from '../tags/dictionary.js';
import { tagEnumeration } from '../tags/enumerations.js';
import type { TagEntry, TagList, TagValue } from '../tags.js';
import { printed, tagRows, titleOf } from './requisite-rows.js';
import { centre, dateAndTime, money, pair, type Row, rule, text } from './row.js';

// Reports as registers print them. The captions follow what public receipts show; which of them a maker abbreviates is his own.

/** What the paper of a report shows and its electronic form does not hold: the registration of the register. */
export interface ReportSeller {
  readonly user?: string | undefined;
  readonly address?: string | undefined;
  readonly place?: string | undefined;
}

const captions: Readonly<Record<number, string>> = {
  1001: 'АВТОМАТИЧЕСКИЙ РЕЖИМ',
  1002: 'АВТОНОМНЫЙ РЕЖИМ',
  1012: 'ДАТА, ВРЕМЯ',
  1013: 'ЗН ККТ',
  1017: 'ИНН ОФД',
  1036: 'АВТОМАТ',
  1037: 'РН ККТ',
  1040: 'ФД',
  1041: 'ФН',
  1046: 'ОФД',
  1050: 'ИСЧЕРПАН РЕСУРС ФН',
  1051: 'СРОЧНО ЗАМЕНИТЬ ФН',
  1052: 'ПАМЯТЬ ФН ЗАПОЛНЕНА',
  1053: 'ОФД НЕ ОТВЕЧАЕТ',
  1056: 'ШИФРОВАНИЕ',
  1057: 'ПРИЗНАК АГЕНТА',
  1060: 'САЙТ ФНС',
  1062: 'СНО',
  1068: 'СООБЩЕНИЕ ОФД',
  1077: 'ФПД',
  1078: 'ФПО',
  1097: 'НЕПЕРЕДАННЫХ ФД',
  1098: 'ФД НЕ ПЕРЕДАНЫ С',
  1101: 'ПРИЧИНА ПЕРЕРЕГИСТРАЦИИ',
  1108: 'РАСЧЕТЫ ТОЛЬКО В ИНТЕРНЕТЕ',
  1109: 'РАСЧЕТЫ ЗА УСЛУГИ',
  1110: 'АС БСО',
  1111: 'ФД ЗА СМЕНУ',
  1116: 'ПЕРВЫЙ НЕПЕРЕДАННЫЙ ФД',
  1117: 'ЭЛ. АДРЕС ОТПРАВИТЕЛЯ',
  1118: 'ЧЕКОВ ЗА СМЕНУ',
  1126: 'ПРОВЕДЕНИЕ ЛОТЕРЕИ',
  1134: 'ВСЕГО ЧЕКОВ',
  1157: 'СЧЕТЧИКИ ИТОГОВ ФН',
  1158: 'ИТОГИ НЕПЕРЕДАННЫХ ФД',
  1188: 'ВЕРСИЯ ККТ',
  1189: 'ФФД ККТ',
  1190: 'ФФД ФН',
  1193: 'ПРОВЕДЕНИЕ АЗАРТНЫХ ИГР',
  1194: 'СЧЕТЧИКИ ИТОГОВ СМЕНЫ',
  1205: 'ПРИЧИНЫ ИЗМЕНЕНИЯ СВЕДЕНИЙ О ККТ',
  1206: 'СООБЩЕНИЕ ОФД',
  1207: 'ПОДАКЦИЗНЫЕ ТОВАРЫ',
  1209: 'ФФД',
  1213: 'РЕСУРС КЛЮЧЕЙ, ДНЕЙ',
  1221: 'ПРИНТЕР В АВТОМАТЕ',
  1290: 'УСЛОВИЯ ПРИМЕНЕНИЯ ККТ',
  2104: 'НЕПЕРЕДАННЫХ УВЕДОМЛЕНИЙ',
  2112: 'НЕКОРРЕКТНЫЕ КОДЫ МАРКИРОВКИ',
  2113: 'НЕКОРРЕКТНЫЕ ЗАПРОСЫ И УВЕДОМЛЕНИЯ',
};

/** Requisites of each form between head and foot, in groups that a line divides. Counters stand by themselves. */
const bodies: Readonly<Record<number, readonly (readonly number[])[]>> = {
  1: registrationGroups(),
  11: [[1101, 1205], ...registrationGroups(), [1157]],
  2: [
    [1188, 1189],
    [1050, 1051, 1052, 1053, 1206],
    [1276, 1277],
  ],
  5: [
    [1118, 1111, 1097, 1098, 2104],
    [1050, 1051, 1052, 1053, 1206, 2112, 2113, 1213],
    [1278, 1279],
    [1194],
    [1157],
  ],
  6: [[1282, 1283], [1157]],
  7: [[1017], [1206, 1068]],
  21: [[1002, 1097, 1116, 1098, 2104, 1213], [1280, 1281], [1158], [1157]],
};

function registrationGroups(): number[][] {
  return [
    [1062, 1057],
    [1001, 1036, 1002, 1056, 1108, 1109, 1110, 1126, 1193, 1207, 1221, 1290],
    [1046, 1017, 1060, 1117],
    [1188, 1189, 1190, 1213],
    [1274, 1275],
  ];
}

const foot = [1013, 1037, 1041, 1040, 1077, 1078, 1209];

/** Sums of one kind of settlement, as far as they are not zero; the total always. */
const sums: readonly (readonly [tag: number, caption: string])[] = [
  [1136, 'НАЛИЧНЫМИ'],
  [1138, 'БЕЗНАЛИЧНЫМИ'],
  [1218, 'АВАНСОМ'],
  [1219, 'В КРЕДИТ'],
  [1220, 'ИНОЙ ФОРМОЙ ОПЛАТЫ'],
  [1139, 'НДС 20%'],
  [1140, 'НДС 10%'],
  [1141, 'НДС 20/120'],
  [1142, 'НДС 10/110'],
  [1143, 'С НДС 0%'],
  [1183, 'БЕЗ НДС'],
  [1201, 'ИТОГ'],
];

/** Kinds of settlement inside counters, with the tag that counts their receipts. */
const kinds: Readonly<Record<number, string>> = {
  1129: 'ПРИХОД',
  1130: 'ВОЗВРАТ ПРИХОДА',
  1131: 'РАСХОД',
  1132: 'ВОЗВРАТ РАСХОДА',
  1133: 'КОРРЕКЦИЯ',
  1145: 'ПРИХОД',
  1146: 'РАСХОД',
  1232: 'ВОЗВРАТ ПРИХОДА',
  1233: 'ВОЗВРАТ РАСХОДА',
};

/** A list from which each requisite is taken once, so that what no layout knows is printed all the same. */
function taker(list: TagList) {
  const left = [...list];
  const take = (tag: number): TagValue[] => {
    const values: TagValue[] = [];
    for (let index = 0; index < left.length; )
      if (left[index]?.tag === tag) values.push((left.splice(index, 1)[0] as TagEntry).value);
      else index += 1;
    return values;
  };
  const first = (tag: number): TagValue | undefined => {
    const index = left.findIndex((entry) => entry.tag === tag);
    return index < 0 ? undefined : left.splice(index, 1)[0]?.value;
  };
  return { take, first, left: () => left as TagList };
}

function captionOf(tag: number, version: FiscalDocument['ffdVersion']): string {
  return captions[tag] ?? tagDefinition(tag, version)?.title ?? `Реквизит ${tag}`;
}

/** One requisite: a flag is its caption when it is set, a sum of bits a line for each. */
function requisite(
  tag: number,
  value: Exclude<TagValue, TagList>,
  version: FiscalDocument['ffdVersion'],
  indent = 0,
): Row[] {
  const caption = captionOf(tag, version);
  if (typeof value === 'boolean') return value ? text(caption, indent) : [];
  const enumeration = tagEnumeration(tag);
  if (enumeration?.kind === 'mask' && typeof value === 'number') {
    const labels = enumeration.values
      .filter(([bit]) => Math.floor(value / Number(bit)) % 2 === 1)
      .map(([, label]) => label);
    const [only] = labels;
    if (only !== undefined && labels.length === 1) return pair(caption, only, indent);
    return labels.length === 0
      ? []
      : [...text(caption, indent), ...labels.flatMap((label) => text(label, indent + 1))];
  }
  return pair(caption, printed(tagDefinition(tag, version), value), indent);
}

function settlement(
  tag: number,
  list: TagList,
  version: FiscalDocument['ffdVersion'],
  indent: number,
): Row[] {
  const { first, left } = taker(list);
  const count = first(tag === 1133 ? 1144 : 1135);
  const shown = sums.flatMap(([sum, caption]): Row[] => {
    const value = first(sum);
    if (value === undefined || (value === 0 && sum !== 1201)) return [];
    return pair(caption, money(Number(value)), indent + 1);
  });
  return [
    {
      type: 'pair',
      caption: kinds[tag] ?? captionOf(tag, version),
      value: count === undefined ? '' : String(count),
      indent,
    },
    ...shown,
    ...left().flatMap((entry) => nested(entry, version, indent + 1)),
  ];
}

function nested({ tag, value }: TagEntry, version: FiscalDocument['ffdVersion'], indent: number): Row[] {
  if (!Array.isArray(value)) return requisite(tag, value as Exclude<TagValue, TagList>, version, indent);
  if (tag in kinds) return settlement(tag, value, version, indent);
  return [...text(captionOf(tag, version), indent), ...tagRows(value, indent + 1, version)];
}

/** Counters of a shift, of a drive, or of what has not been sent. */
function counters(tag: number, list: TagList, version: FiscalDocument['ffdVersion']): Row[] {
  const { first, left } = taker(list);
  const all = first(1134) ?? first(1144);
  return [
    ...centre(captionOf(tag, version)),
    ...(all === undefined ? [] : pair('ВСЕГО ЧЕКОВ', String(all))),
    ...left().flatMap((entry) => nested(entry, version, 0)),
  ];
}

/** Whether a form has a paper layout here. */
export function isReport(document: FiscalDocument): boolean {
  return document.code in bodies;
}

/** The rows of a report the way registers print it; what no layout knows follows by its official name, so that nothing is hidden. */
export function reportRows(document: FiscalDocument, seller: ReportSeller = {}): Row[] {
  const { ffdVersion: version } = document;
  const { take, first, left } = taker(document.tags);
  const word = (tag: number): string | undefined => {
    const value = first(tag);
    return value === undefined ? undefined : String(value);
  };
  const user = word(1048) ?? seller.user;
  const address = word(1009) ?? seller.address;
  const place = word(1187) ?? seller.place;
  const inn = word(1018);
  const time = word(1012);
  const shift = word(1038);
  const cashier = word(1021);
  const cashierInn = word(1203);
  const rowsOf = (tag: number): Row[] =>
    take(tag).flatMap((value) => {
      if (!Array.isArray(value)) return requisite(tag, value as Exclude<TagValue, TagList>, version);
      return tag === 1157 || tag === 1158 || tag === 1194
        ? counters(tag, value, version)
        : nested({ tag, value }, version, 0);
    });
  const groups = (bodies[document.code] ?? []).map((group) => group.flatMap(rowsOf));
  const below = foot.flatMap(rowsOf);
  const unknown = tagRows(left(), 0, version);
  return [
    ...centre(user),
    ...centre(address),
    ...centre(place),
    ...centre(inn === undefined ? undefined : `ИНН ${inn}`),
    ...(user === undefined && address === undefined && place === undefined && inn === undefined
      ? []
      : [rule]),
    { type: 'title', text: titleOf(document) },
    ...(time === undefined && shift === undefined
      ? []
      : [
          {
            type: 'pair',
            caption: time === undefined ? '' : dateAndTime(time),
            value: shift === undefined ? '' : `СМЕНА ${shift}`,
          } as const,
        ]),
    ...text(
      cashier === undefined && cashierInn === undefined
        ? undefined
        : `КАССИР: ${[cashier, cashierInn === undefined ? undefined : `ИНН ${cashierInn}`].filter((one) => one !== undefined).join(' ')}`,
    ),
    ...[...groups, unknown, below].flatMap((rows) => (rows.length === 0 ? [] : [rule, ...rows])),
  ];
}
