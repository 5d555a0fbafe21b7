import { ElcertError } from '@elcert/core';

/** What a code of a fiscal drive means. */
export interface FnCode {
  readonly code: number;
  readonly name: string;
  /** For a person at the till. */
  readonly userMessage: string;
}

/** Answer codes of a fiscal drive, as its interface protocol numbers them. Registers pass most of them on unchanged. */
export const fnCodes: readonly FnCode[] = [
  { code: 0x00, name: 'ok', userMessage: 'Выполнено.' },
  { code: 0x01, name: 'unknown-command', userMessage: 'ФН не знает команду или её формат.' },
  { code: 0x02, name: 'wrong-state', userMessage: 'В этом состоянии ФН команда невозможна.' },
  { code: 0x03, name: 'fn-failure', userMessage: 'Отказ ФН.' },
  { code: 0x04, name: 'crypto-failure', userMessage: 'Отказ криптографии ФН.' },
  { code: 0x05, name: 'lifetime-over', userMessage: 'Срок службы ФН закончился.' },
  { code: 0x06, name: 'archive-full', userMessage: 'Архив ФН заполнен.' },
  { code: 0x07, name: 'bad-date-time', userMessage: 'Неверные дата или время.' },
  { code: 0x08, name: 'no-data', userMessage: 'В ФН нет таких данных.' },
  { code: 0x09, name: 'bad-parameters', userMessage: 'Неверные параметры команды ФН.' },
  { code: 0x0a, name: 'not-supported', userMessage: 'Команда не разрешена в этом режиме или версии ФФД.' },
  { code: 0x0b, name: 'requisite-not-allowed', userMessage: 'Этот реквизит кассе передавать нельзя.' },
  { code: 0x0c, name: 'duplicate-data', userMessage: 'Данные уже переданы в ФН.' },
  { code: 0x0d, name: 'data-missing', userMessage: 'В ФН не переданы нужные данные.' },
  { code: 0x0e, name: 'too-many-lines', userMessage: 'Слишком много позиций в чеке.' },
  { code: 0x10, name: 'tlv-too-long', userMessage: 'Документ не помещается в память ФН.' },
  { code: 0x11, name: 'no-transport', userMessage: 'Нет соединения с ОФД.' },
  { code: 0x12, name: 'crypto-exhausted', userMessage: 'Исчерпан ресурс криптографии ФН.' },
  {
    code: 0x14,
    name: 'queue-full',
    userMessage: 'Закончилась память для документов ОФД: передайте документы.',
  },
  {
    code: 0x15,
    name: 'ofd-wait-over',
    userMessage: 'Документы не передавались в ОФД 30 дней: касса заблокирована.',
  },
  { code: 0x16, name: 'shift-over-24-hours', userMessage: 'Смена длится больше 24 часов: закройте смену.' },
  { code: 0x17, name: 'time-difference', userMessage: 'Время кассы расходится больше чем на 5 минут.' },
  { code: 0x18, name: 'requisite-format', userMessage: 'Неверная длина или формат реквизита.' },
  { code: 0x19, name: 'registration-mismatch', userMessage: 'Реквизит не совпадает с данными регистрации.' },
  { code: 0x20, name: 'reply-not-accepted', userMessage: 'ФН не принял ответ ОФД.' },
  { code: 0x23, name: 'key-service-refused', userMessage: 'Сервис обновления ключей отказал.' },
  { code: 0x24, name: 'key-service-answer', userMessage: 'Непонятный ответ сервиса обновления ключей.' },
  { code: 0x30, name: 'repeat-key-update', userMessage: 'Повторите обновление ключей.' },
  { code: 0x32, name: 'marking-forbidden', userMessage: 'Работа с маркированными товарами запрещена.' },
  { code: 0x33, name: 'marking-order', userMessage: 'Нарушен порядок команд проверки маркировки.' },
  {
    code: 0x34,
    name: 'marking-blocked',
    userMessage: 'Работа с маркированными товарами временно заблокирована.',
  },
  { code: 0x35, name: 'marking-table-full', userMessage: 'Таблица проверенных кодов маркировки заполнена.' },
  { code: 0x36, name: 'keys-outdated', userMessage: 'Ключи проверки не обновлялись больше 90 дней.' },
  { code: 0x3c, name: 'requisites-missing', userMessage: 'Не хватает обязательных реквизитов документа.' },
  {
    code: 0x3e,
    name: 'marking-not-checked',
    userMessage: 'В документе код маркировки, не проверенный в ФН.',
  },
];

const byCode = new Map(fnCodes.map((entry) => [entry.code, entry]));

/** What a code of a drive means in the numbering of ATOL's registers (210 to 255). */
export interface AtolFnCode {
  readonly code: number;
  readonly name: string;
  /** The drive's own code, where there is one. */
  readonly fnCode?: number;
  /** What the table of codes says. */
  readonly userMessage: string;
  /** What the trade does about it, where that is another thing than the table says. */
  readonly tradeMessage?: string;
}

const checkCable = 'Чаще всего это потеря контакта: выключите кассу, проверьте шлейф ФН и включите её снова.';

/**
 * Numbers under which registers of ATOL (protocols 2 and 3) pass on the drive's codes. For some the trade has an explanation that the
 * table has not: both are given.
 */
export const atolFnCodes: readonly AtolFnCode[] = [
  {
    code: 210,
    name: 'exchange-failed',
    userMessage: 'Ошибка обмена с ФН.',
    tradeMessage: checkCable,
  },
  {
    code: 211,
    name: 'unknown-command',
    fnCode: 0x01,
    userMessage: 'Неверный формат команды ФН.',
    tradeMessage: `${checkCable} Если контакт цел: возможно, ФН на 36 месяцев продаёт товары на общей системе налогообложения.`,
  },
  { code: 212, name: 'wrong-state', fnCode: 0x02, userMessage: 'Неверное состояние ФН.' },
  { code: 213, name: 'fn-failure', fnCode: 0x03, userMessage: 'Отказ ФН.' },
  { code: 214, name: 'crypto-failure', fnCode: 0x04, userMessage: 'Отказ криптографии ФН.' },
  { code: 215, name: 'lifetime-over', fnCode: 0x05, userMessage: 'Срок службы ФН закончился.' },
  { code: 216, name: 'archive-full', fnCode: 0x06, userMessage: 'Архив ФН заполнен.' },
  { code: 217, name: 'bad-date-time', fnCode: 0x07, userMessage: 'Неверные дата или время.' },
  { code: 218, name: 'no-data', fnCode: 0x08, userMessage: 'В ФН нет таких данных.' },
  { code: 219, name: 'total-overflow', userMessage: 'Слишком большой итог чека.' },
  { code: 220, name: 'buffer-overflow', userMessage: 'Документ не помещается в память ФН.' },
  {
    code: 225,
    name: 'wrong-fn-number',
    userMessage: 'Неверный номер ФН.',
    tradeMessage: 'Касса зарегистрирована с другим ФН: верните его или перерегистрируйте кассу.',
  },
  {
    code: 231,
    name: 'bad-parameters',
    fnCode: 0x09,
    userMessage: 'Неверные параметры команды ФН.',
    tradeMessage: 'Возможно, ФН на 36 месяцев продаёт товары на общей системе налогообложения.',
  },
  { code: 232, name: 'tlv-too-long', fnCode: 0x10, userMessage: 'Слишком длинные данные TLV.' },
  { code: 233, name: 'no-transport', fnCode: 0x11, userMessage: 'Нет соединения с ОФД.' },
  { code: 234, name: 'crypto-exhausted', fnCode: 0x12, userMessage: 'Исчерпан ресурс криптографии ФН.' },
  {
    code: 235,
    name: 'queue-full',
    fnCode: 0x14,
    userMessage: 'Закончилась память для документов ОФД: передайте документы.',
  },
  { code: 236, name: 'reply-not-accepted', fnCode: 0x20, userMessage: 'ФН не принял ответ ОФД.' },
  {
    code: 237,
    name: 'unsent-documents',
    userMessage: 'В ФН есть документы, которые не переданы в ОФД.',
    tradeMessage: 'Дождитесь передачи: проверьте связь кассы с интернетом и настройки ОФД.',
  },
  {
    code: 255,
    name: 'wrong-fn-number',
    userMessage: 'Неверный номер ФН.',
    tradeMessage: 'В таблицах этого кода нет: так его объясняют только продавцы.',
  },
];

const atolByFnCode = new Map(
  atolFnCodes.flatMap((entry) => (entry.fnCode === undefined ? [] : [[entry.fnCode, entry] as const])),
);
const atolByCode = new Map(atolFnCodes.map((entry) => [entry.code, entry]));

/**
 * Explains a code of a drive for a person: the table's words, and those of the trade where they differ.
 *
 * @param numbering - `fn` for the drive's own numbers, `atol` for 210 to 255
 * @returns nothing for a number that is in no table
 * @example
 * ```ts
 * explainFnCode(211, 'atol')?.messages; // ['Неверный формат команды ФН.', 'Чаще всего это потеря контакта: …']
 * ```
 */
export function explainFnCode(
  code: number,
  numbering: 'fn' | 'atol' = 'fn',
):
  | {
      readonly name: string;
      readonly fnCode: number | undefined;
      readonly atolCode: number | undefined;
      readonly messages: readonly string[];
    }
  | undefined {
  const own = numbering === 'fn' ? byCode.get(code) : undefined;
  const atol = numbering === 'fn' ? atolByFnCode.get(code) : atolByCode.get(code);
  const known = own ?? atol;
  if (known === undefined) return undefined;
  return {
    name: known.name,
    fnCode: numbering === 'fn' ? code : atol?.fnCode,
    atolCode: atol?.code,
    messages: [known.userMessage, ...(atol?.tradeMessage === undefined ? [] : [atol.tradeMessage])],
  };
}

/** What an emulated drive throws: `FN_REFUSED` is an {@link FnRefusal} with the drive's own code, `FN_NUMBER` a number that a real drive could have. */
export type FnErrorCode = 'FN_REFUSED' | 'FN_NUMBER';

/** The emulated drive says no. `fnCode` is the number that a register passes on. */
export class FnRefusal extends ElcertError<FnErrorCode> {
  override readonly name = 'FnRefusal';
  /** A code of {@link fnCodes}. */
  readonly fnCode: number;

  constructor(fnCode: number, reason: string, details: Readonly<Record<string, unknown>> = {}) {
    const known = byCode.get(fnCode);
    super({
      code: 'FN_REFUSED',
      message: `${fnCode.toString(16).padStart(2, '0')}h ${known?.name ?? 'unknown'}: ${reason}`,
      userMessage: known?.userMessage,
      outcome: 'refused',
      details: { ...details, fnCode, reason },
    });
    this.fnCode = fnCode;
  }
}
