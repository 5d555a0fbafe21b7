import { fiscalDocError } from './errors.js';
import { productCodeBytes, productCodeOfBytes } from './product-code-bytes.js';
import type {
  AgentData,
  AgentType,
  Buyer,
  Correction,
  IndustryDetail,
  NonCashPayment,
  ProductCode,
  Receipt,
  ReceiptAgent,
  ReceiptLine,
  Supplier,
} from './receipt.js';
import { bytesOf, listOf, listsOf, numberOf, tagValue, tagValues, textOf } from './tag-list.js';
import { agentTypes, nameOfCode, productCodeKinds } from './tags/codes.js';
import type { FfdVersion } from './tags/definition.js';
import type { TagEntry, TagList, TagValue } from './tags.js';

// The rarer parts of a receipt, each with its way there and back.

const noRussianInn = '000000000000';

/** An entry, unless there is nothing to say. */
export function optional(tag: number, value: TagValue | undefined): TagEntry[] {
  return value === undefined ? [] : [{ tag, value }];
}

function nested(tag: number, list: TagList): TagEntry[] {
  return list.length === 0 ? [] : [{ tag, value: list }];
}

function texts(list: TagList, tag: number): string[] {
  return tagValues(list, tag).filter((value): value is string => typeof value === 'string');
}

/** Members of an object whose value is not `undefined`; nothing when there are none. */
function some<T extends object>(members: { readonly [K in keyof T]: T[K] | undefined }): T | undefined {
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  return present.length === 0 ? undefined : (Object.fromEntries(present) as T);
}

function many(values: readonly string[]): readonly string[] | undefined {
  return values.length === 0 ? undefined : values;
}

/** `2026-11-22` as the format writes it: `22.11.2026`. */
function dotted(date: string, path: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (match === null) {
    throw fiscalDocError({ code: 'RECEIPT_VALUE', message: `${path}: an ISO date wanted`, path });
  }
  return `${match[3]}.${match[2]}.${match[1]}`;
}

function isoDate(text: string | undefined): string | undefined {
  const match = text === undefined ? null : /^(\d{2})\.(\d{2})\.(\d{4})$/.exec(text);
  return match === null ? text : `${match[3]}-${match[2]}-${match[1]}`;
}

function agentDataTags(data: AgentData): TagList {
  const phones = (tag: number, values: readonly string[] = []) =>
    values.map((value): TagEntry => ({ tag, value }));
  return [
    ...optional(1044, data.operation),
    ...phones(1073, data.payingAgentPhones),
    ...phones(1074, data.receivingOperatorPhones),
    ...phones(1075, data.transferOperatorPhones),
    ...optional(1026, data.transferOperatorName),
    ...optional(1005, data.transferOperatorAddress),
    ...optional(1016, data.transferOperatorInn),
  ];
}

function agentDataOf(list: TagList): AgentData | undefined {
  return some<AgentData>({
    operation: textOf(list, 1044),
    payingAgentPhones: many(texts(list, 1073)),
    receivingOperatorPhones: many(texts(list, 1074)),
    transferOperatorPhones: many(texts(list, 1075)),
    transferOperatorName: textOf(list, 1026),
    transferOperatorAddress: textOf(list, 1005),
    transferOperatorInn: textOf(list, 1016),
  });
}

function industryTags(tag: number, details: readonly IndustryDetail[] = [], path: string): TagEntry[] {
  return details.map(
    (detail, index): TagEntry => ({
      tag,
      value: [
        { tag: 1262, value: detail.body },
        { tag: 1263, value: dotted(detail.date, `${path}/industry[${index}]/date`) },
        { tag: 1264, value: detail.number },
        { tag: 1265, value: detail.value },
      ],
    }),
  );
}

function industryOf(tags: TagList, tag: number): readonly IndustryDetail[] | undefined {
  const details = listsOf(tags, tag).map((list) => ({
    body: textOf(list, 1262) ?? '',
    date: isoDate(textOf(list, 1263)) ?? '',
    number: textOf(list, 1264) ?? '',
    value: textOf(list, 1265) ?? '',
  }));
  return details.length === 0 ? undefined : details;
}

function productCodeOf(tags: TagList): ProductCode | undefined {
  const old = bytesOf(tags, 1162);
  if (old !== undefined) return productCodeOfBytes(old);
  for (const { tag, value } of listOf(tags, 1163) ?? []) {
    const kind = nameOfCode(productCodeKinds, tag);
    if (kind !== undefined && typeof value === 'string') return { kind, value };
  }
  return undefined;
}

function onlyIn12(version: FfdVersion, path: string): void {
  if (version === '1.2') return;
  throw fiscalDocError({ code: 'RECEIPT_VALUE', message: `${path}: FFD 1.2 only, not ${version}`, path });
}

/** Requisites of a line beside name, price, quantity and VAT. */
export function linePartTags(line: ReceiptLine, version: FfdVersion, path: string): TagEntry[] {
  const { productCode, fraction, agent, agentData, supplier } = line;
  for (const name of ['markingCheck', 'fraction', 'industry'] as const)
    if (line[name] !== undefined) onlyIn12(version, `${path}/${name}`);
  for (const [name, table] of [
    ['agent', agentTypes],
    ['productCode', productCodeKinds],
  ] as const) {
    const key = name === 'agent' ? agent : productCode?.kind;
    if (key !== undefined && !Object.hasOwn(table, key)) {
      throw fiscalDocError({
        code: 'RECEIPT_VALUE',
        message: `${path}/${name}: unknown name ${JSON.stringify(key)}`,
        path: `${path}/${name}`,
      });
    }
  }
  return [
    ...(productCode === undefined
      ? []
      : version === '1.2'
        ? nested(1163, [{ tag: productCodeKinds[productCode.kind].code, value: productCode.value }])
        : [{ tag: 1162, value: productCodeBytes(productCode, `${path}/productCode`) }]),
    ...(productCode === undefined || line.markingCheck === undefined ? [] : [{ tag: 2102, value: 0 }]),
    ...optional(2106, line.markingCheck),
    ...(fraction === undefined
      ? []
      : nested(1291, [
          { tag: 1293, value: fraction.numerator },
          { tag: 1294, value: fraction.denominator },
        ])),
    ...optional(1222, agent === undefined ? undefined : agentTypes[agent].code),
    ...nested(1223, agentData === undefined ? [] : agentDataTags(agentData)),
    ...(supplier === undefined
      ? []
      : [
          ...nested(1224, [
            ...(supplier.phones ?? []).map((value): TagEntry => ({ tag: 1171, value })),
            ...optional(1225, supplier.name),
          ]),
          { tag: 1226, value: supplier.inn ?? noRussianInn },
        ]),
    ...optional(1229, line.excise),
    ...optional(1230, line.countryCode),
    ...optional(1231, line.customsDeclaration),
    ...optional(1191, line.additional),
    ...industryTags(1260, line.industry, path),
  ];
}

type LineParts = Pick<
  ReceiptLine,
  | 'productCode'
  | 'markingCheck'
  | 'fraction'
  | 'agent'
  | 'agentData'
  | 'supplier'
  | 'excise'
  | 'countryCode'
  | 'customsDeclaration'
  | 'additional'
  | 'industry'
>;

/** {@link linePartTags} back. */
export function linePartsOf(tags: TagList): LineParts {
  const agentCode = numberOf(tags, 1222);
  const part = listOf(tags, 1291);
  const numerator = part === undefined ? undefined : numberOf(part, 1293);
  const denominator = part === undefined ? undefined : numberOf(part, 1294);
  const inn = textOf(tags, 1226);
  const provider = listOf(tags, 1224) ?? [];
  const supplier =
    inn === undefined && provider.length === 0
      ? undefined
      : (some<Supplier>({
          inn: inn === noRussianInn ? undefined : inn,
          name: textOf(provider, 1225),
          phones: many(texts(provider, 1171)),
        }) ?? {});
  return (
    some<LineParts>({
      productCode: productCodeOf(tags),
      markingCheck: numberOf(tags, 2106),
      fraction: numerator === undefined || denominator === undefined ? undefined : { numerator, denominator },
      agent: agentCode === undefined ? undefined : nameOfCode(agentTypes, agentCode),
      agentData: agentDataOf(listOf(tags, 1223) ?? []),
      supplier,
      excise: numberOf(tags, 1229),
      countryCode: textOf(tags, 1230),
      customsDeclaration: textOf(tags, 1231),
      additional: textOf(tags, 1191),
      industry: industryOf(tags, 1260),
    }) ?? {}
  );
}

function correctionTags({ type, date, orderNumber }: Correction): TagEntry[] {
  if (type === 'ordered' && (orderNumber ?? '').trim() === '') {
    throw fiscalDocError({
      code: 'RECEIPT_VALUE',
      message: "receipt/correction/orderNumber: the number of the tax service's order is needed",
      userMessage: 'Укажите номер предписания налогового органа.',
      path: 'receipt/correction/orderNumber',
    });
  }
  return [
    { tag: 1173, value: type === 'own' ? 0 : 1 },
    { tag: 1174, value: [{ tag: 1178, value: date }, ...optional(1179, orderNumber)] },
  ];
}

function buyerTags(buyer: Buyer, version: FfdVersion): TagEntry[] {
  const basic = [...optional(1227, buyer.name), ...optional(1228, buyer.inn)];
  if (version !== '1.2') {
    for (const name of ['birthday', 'citizenship', 'documentCode', 'documentData', 'address'] as const)
      if (buyer[name] !== undefined) onlyIn12(version, `receipt/buyer/${name}`);
    return basic;
  }
  return nested(1256, [
    ...basic,
    ...optional(
      1243,
      buyer.birthday === undefined ? undefined : dotted(buyer.birthday, 'receipt/buyer/birthday'),
    ),
    ...optional(1244, buyer.citizenship),
    ...optional(1245, buyer.documentCode),
    ...optional(1246, buyer.documentData),
    ...optional(1254, buyer.address),
  ]);
}

function receiptAgentTags(
  { types, data, supplierPhones = [] }: ReceiptAgent,
  version: FfdVersion,
): TagEntry[] {
  if (version === '1.2') {
    const path = 'receipt/agent';
    throw fiscalDocError({
      code: 'RECEIPT_VALUE',
      message: `${path}: FFD 1.2 has agents by line alone`,
      path,
    });
  }
  const mask = types.reduce((sum, type, index) => {
    const path = `receipt/agent/types[${index}]`;
    if (Object.hasOwn(agentTypes, type)) return sum | agentTypes[type].code;
    throw fiscalDocError({
      code: 'RECEIPT_VALUE',
      message: `${path}: unknown name ${JSON.stringify(type)}`,
      path,
    });
  }, 0);
  return [
    ...(mask === 0 ? [] : [{ tag: 1057, value: mask }]),
    ...(data === undefined ? [] : agentDataTags(data)),
    ...supplierPhones.map((value): TagEntry => ({ tag: 1171, value })),
  ];
}

function receiptAgentOf(tags: TagList): ReceiptAgent | undefined {
  const mask = numberOf(tags, 1057) ?? 0;
  const data = agentDataOf(tags);
  const supplierPhones = many(texts(tags, 1171));
  if (mask === 0 && data === undefined && supplierPhones === undefined) return undefined;
  const types = (Object.keys(agentTypes) as AgentType[]).filter(
    (type) => (mask & agentTypes[type].code) !== 0,
  );
  return {
    types,
    ...(data === undefined ? {} : { data }),
    ...(supplierPhones === undefined ? {} : { supplierPhones }),
  };
}

function nonCashTags(list: readonly NonCashPayment[]): TagEntry[] {
  return nested(
    1234,
    list.map(
      (one): TagEntry => ({
        tag: 1235,
        value: [
          { tag: 1082, value: one.amount },
          { tag: 1236, value: one.method },
          { tag: 1237, value: one.identifiers },
          ...optional(1238, one.details),
        ],
      }),
    ),
  );
}

function nonCashOf(tags: TagList): readonly NonCashPayment[] | undefined {
  const list = listOf(tags, 1234);
  if (list === undefined) return undefined;
  return listsOf(list, 1235).map((one) => {
    const details = textOf(one, 1238);
    return {
      amount: numberOf(one, 1082) ?? 0,
      method: numberOf(one, 1236) ?? 0,
      identifiers: textOf(one, 1237) ?? '',
      ...(details === undefined ? {} : { details }),
    };
  });
}

/** Requisites of a receipt beside lines, sums and the register's own. */
export function receiptPartTags(receipt: Receipt, version: FfdVersion): TagEntry[] {
  for (const name of ['industry', 'operation'] as const)
    if (receipt[name] !== undefined) onlyIn12(version, `receipt/${name}`);
  const { correction, buyer, internet, property, operation } = receipt;
  return [
    ...(correction === undefined ? [] : correctionTags(correction)),
    ...(buyer === undefined ? [] : buyerTags(buyer, version)),
    ...(receipt.agent === undefined ? [] : receiptAgentTags(receipt.agent, version)),
    ...(internet === true ? [{ tag: 1125, value: true }] : []),
    ...(receipt.nonCashPayments === undefined ? [] : nonCashTags(receipt.nonCashPayments)),
    ...(property === undefined
      ? []
      : nested(1084, [
          { tag: 1085, value: property.name },
          { tag: 1086, value: property.value },
        ])),
    ...optional(1192, receipt.additional),
    ...industryTags(1261, receipt.industry, 'receipt'),
    ...(operation === undefined
      ? []
      : nested(1270, [
          { tag: 1271, value: operation.id },
          { tag: 1272, value: operation.data },
          { tag: 1273, value: operation.dateTime },
        ])),
  ];
}

type ReceiptParts = Pick<
  Receipt,
  | 'correction'
  | 'buyer'
  | 'agent'
  | 'internet'
  | 'nonCashPayments'
  | 'property'
  | 'additional'
  | 'industry'
  | 'operation'
>;

function correctionOf(tags: TagList): Correction | undefined {
  const base = listOf(tags, 1174);
  if (base === undefined) return undefined;
  const orderNumber = textOf(base, 1179);
  return {
    type: numberOf(tags, 1173) === 1 ? 'ordered' : 'own',
    date: textOf(base, 1178) ?? '',
    ...(orderNumber === undefined ? {} : { orderNumber }),
  };
}

/** {@link receiptPartTags} back. */
export function receiptPartsOf(tags: TagList): ReceiptParts {
  const information = listOf(tags, 1256) ?? tags;
  const property = listOf(tags, 1084);
  const operation = listOf(tags, 1270);
  return (
    some<ReceiptParts>({
      correction: correctionOf(tags),
      buyer: some<Buyer>({
        name: textOf(information, 1227),
        inn: textOf(information, 1228),
        birthday: isoDate(textOf(information, 1243)),
        citizenship: textOf(information, 1244),
        documentCode: textOf(information, 1245),
        documentData: textOf(information, 1246),
        address: textOf(information, 1254),
      }),
      agent: receiptAgentOf(tags),
      internet: tagValue(tags, 1125) === true ? true : undefined,
      nonCashPayments: nonCashOf(tags),
      property:
        property === undefined
          ? undefined
          : { name: textOf(property, 1085) ?? '', value: textOf(property, 1086) ?? '' },
      additional: textOf(tags, 1192),
      industry: industryOf(tags, 1261),
      operation:
        operation === undefined
          ? undefined
          : {
              id: numberOf(operation, 1271) ?? 0,
              data: textOf(operation, 1272) ?? '',
              dateTime: textOf(operation, 1273) ?? '',
            },
    }) ?? {}
  );
}
