// The tables of INPAS SmartSale "SA". The vendor's text is not public: numbers and names are those that independent public
// clients and captured traffic agree on; see the package's README for what is known and what is ours.

/** How a field is kept out of logs and traces. */
export type InpasMaskKind =
  /** Masked whole. */
  | 'all'
  /** A card number: its last four digits stay. */
  | 'pan'
  /** Bytes for somebody else: only their number is told. */
  | 'bytes'
  /** Text for people: card numbers in it are masked. */
  | 'text';

/** One field of the table. */
export interface InpasFieldSpec {
  readonly name: string;
  readonly en: string;
  readonly mask?: InpasMaskKind;
}

/** All fields that public sources name, by number. */
export const inpasFieldTable = {
  0: { name: 'amount', en: 'amount, minor units' },
  1: { name: 'additionalAmount', en: 'second amount: cash out or tip' },
  4: { name: 'currencyCode', en: 'currency, ISO 4217 number' },
  6: { name: 'dateTimeHost', en: 'date and time set by the bank' },
  8: { name: 'cardEntryMode', en: 'how the card was read' },
  9: { name: 'pinCodingMode', en: 'how the PIN was entered' },
  10: { name: 'pan', en: 'card number, masked', mask: 'pan' },
  11: { name: 'cardExpiryDate', en: 'card expiry, YYMM', mask: 'all' },
  12: { name: 'track2', en: 'track 2', mask: 'all' },
  13: { name: 'authorizationCode', en: 'approval code' },
  14: { name: 'referenceNumber', en: 'RRN, 12 digits' },
  15: { name: 'responseCodeHost', en: 'code of the bank' },
  16: { name: 'pinBlock', en: 'PIN block', mask: 'all' },
  17: { name: 'pinKey', en: 'PIN key', mask: 'all' },
  18: { name: 'workKey', en: 'working key', mask: 'all' },
  19: { name: 'textResponse', en: 'text for the cashier', mask: 'text' },
  21: { name: 'terminalDateTime', en: 'date and time of the terminal' },
  23: { name: 'trxId', en: 'number of the transaction' },
  25: { name: 'operationCode', en: 'operation' },
  26: { name: 'terminalTrxId', en: 'number of the transaction at the terminal' },
  27: { name: 'terminalId', en: 'terminal id, 8 digits' },
  28: { name: 'merchantId', en: 'merchant id' },
  29: { name: 'debitAmount', en: 'settlement: payments' },
  30: { name: 'debitCount', en: 'settlement: number of payments' },
  31: { name: 'creditAmount', en: 'settlement: refunds' },
  32: { name: 'creditCount', en: 'settlement: number of refunds' },
  34: { name: 'origOperation', en: 'operation that is undone' },
  36: { name: 'mac', en: 'MAC', mask: 'all' },
  39: { name: 'status', en: 'result' },
  40: { name: 'adminTrack2', en: 'track 2 of an administrative card', mask: 'all' },
  41: { name: 'adminPinBlock', en: 'PIN block of an administrative card', mask: 'all' },
  42: { name: 'adminPan', en: 'number of an administrative card', mask: 'pan' },
  43: { name: 'adminCardExpiryDate', en: 'expiry of an administrative card', mask: 'all' },
  46: { name: 'adminCardEntryMode', en: 'how the administrative card was read' },
  49: { name: 'voidDebitAmount', en: 'settlement: voided payments' },
  50: { name: 'voidDebitCount', en: 'settlement: number of voided payments' },
  51: { name: 'voidCreditAmount', en: 'settlement: voided refunds' },
  52: { name: 'voidCreditCount', en: 'settlement: number of voided refunds' },
  53: { name: 'processingFlag', en: 'processing flag' },
  54: { name: 'hostTrxId', en: 'number of the transaction at the host' },
  56: { name: 'recipientAddress', en: 'address of the recipient', mask: 'all' },
  57: { name: 'cardWaitTimeout', en: 'seconds to wait for the card' },
  63: { name: 'deviceSerNumber', en: 'serial number of the device' },
  64: { name: 'commandMode', en: 'mode of a command' },
  65: { name: 'commandMode2', en: 'kind of a command' },
  67: { name: 'commandResult', en: 'result of a command' },
  70: { name: 'fileData', en: 'data of a command', mask: 'bytes' },
  71: { name: 'printText', en: 'header of a shown page', mask: 'text' },
  76: { name: 'cashierRequest', en: 'question to the cashier', mask: 'text' },
  77: { name: 'cashierResponse', en: 'answer of the cashier', mask: 'text' },
  79: { name: 'accountType', en: 'kind of account' },
  80: { name: 'commodityCode', en: 'goods code' },
  81: { name: 'paymentDetails', en: 'payment details', mask: 'text' },
  82: { name: 'providerCode', en: 'provider' },
  83: { name: 'acquirer', en: 'acquirer' },
  86: { name: 'additionalData', en: 'additional data', mask: 'all' },
  90: { name: 'receiptData', en: 'slip', mask: 'text' },
} as const satisfies Readonly<Record<number, InpasFieldSpec>>;

/** Number of a field in the table. */
export type InpasFieldNumber = keyof typeof inpasFieldTable;

/** Name of a field. */
export type InpasFieldName = (typeof inpasFieldTable)[InpasFieldNumber]['name'];

const numbers = new Map<string, number>(
  Object.entries(inpasFieldTable).map(([number, { name }]) => [name, Number(number)]),
);

/** Number of a named field. */
export function inpasFieldNumber(name: InpasFieldName): number {
  return numbers.get(name) as number;
}

/** What the table says of a field; nothing for a number that no source names. */
export function inpasFieldSpec(number: number): InpasFieldSpec | undefined {
  return (inpasFieldTable as Readonly<Record<number, InpasFieldSpec>>)[number];
}

/** One operation of the table. */
export interface InpasOperationSpec {
  readonly code: number;
  readonly en: string;
  readonly ru: string;
  /** `money`: written once, never again. `link`: part of the conversation, not asked for by itself. */
  readonly effect: 'money' | 'state' | 'none' | 'link';
  /** Public sources disagree on it, or only one of them has it. */
  readonly disputed?: true;
}

/** Operations that public sources name. */
export const inpasOperations = {
  sale: { code: 1, en: 'payment', ru: 'Оплата', effect: 'money' },
  cancelByBridge: { code: 2, en: 'cancel, by one bridge', ru: 'Отмена', effect: 'money', disputed: true },
  refundByClient: { code: 3, en: 'refund, by one client', ru: 'Возврат', effect: 'money', disputed: true },
  void: { code: 4, en: 'void by RRN', ru: 'Отмена', effect: 'money' },
  settlementByBridge: {
    code: 7,
    en: 'settlement, by one bridge',
    ru: 'Сверка итогов',
    effect: 'state',
    disputed: true,
  },
  wait: { code: 21, en: 'the terminal is still at work', ru: 'Ожидание', effect: 'link' },
  linkTest: { code: 26, en: 'link test', ru: 'Проверка связи', effect: 'none' },
  refund: { code: 29, en: 'refund', ru: 'Возврат', effect: 'money' },
  showPage: { code: 41, en: 'show a page on the terminal', ru: 'Показ страницы', effect: 'none' },
  interrupt: { code: 53, en: 'stop the running operation', ru: 'Прервать операцию', effect: 'link' },
  emergencyCancel: {
    code: 56,
    en: 'emergency cancel of the last operation',
    ru: 'Аварийная отмена',
    effect: 'money',
  },
  reconciliation: { code: 59, en: 'settlement', ru: 'Сверка итогов', effect: 'state' },
  command: { code: 63, en: 'command: relay of the bank’s traffic, reports', ru: 'Команда', effect: 'link' },
} as const satisfies Readonly<Record<string, InpasOperationSpec>>;

/** Name of an operation. */
export type InpasOperationName = keyof typeof inpasOperations;

/** What the table says of an operation's code. */
export function inpasOperationSpec(code: number): InpasOperationSpec | undefined {
  return Object.values<InpasOperationSpec>(inpasOperations).find((one) => one.code === code);
}

/** Values of field 39. */
export const inpasStatuses: Readonly<
  Record<number, { readonly en: string; readonly ru: string; readonly money: 'done' | 'refused' | 'unknown' }>
> = {
  0: { en: 'not set', ru: 'Результат не установлен', money: 'unknown' },
  1: { en: 'approved', ru: 'Одобрено', money: 'done' },
  16: { en: 'refused', ru: 'Отказ', money: 'refused' },
  34: { en: 'no link to the bank', ru: 'Нет связи с банком', money: 'unknown' },
  53: { en: 'interrupted', ru: 'Операция прервана', money: 'refused' },
};

/** Field 65 of a relay command (operation 63). */
export const inpasRelayKinds = { connection: '16', data: '17' } as const;

/** Bytes of the link. */
export const inpasControl = { soh: 0x01, stx: 0x02, eot: 0x04, ack: 0x06, nak: 0x15 } as const;

/** Longest SOH frame, bytes, as captured. */
export const inpasFragmentFrame = 512;

/** Largest sum, kopecks: ten digits. */
export const inpasMaxAmount = 9_999_999_999;
