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
  { code: 0x00, name: 'ok', userMessage: 'Выполнено' },
  { code: 0x01, name: 'unknown-command', userMessage: 'ФН не знает команду или её формат' },
  { code: 0x02, name: 'wrong-state', userMessage: 'В этом состоянии ФН команда невозможна' },
  { code: 0x03, name: 'fn-failure', userMessage: 'Отказ ФН' },
  { code: 0x04, name: 'crypto-failure', userMessage: 'Отказ криптографии ФН' },
  { code: 0x05, name: 'lifetime-over', userMessage: 'Срок службы ФН закончился' },
  { code: 0x06, name: 'archive-full', userMessage: 'Архив ФН заполнен' },
  { code: 0x07, name: 'bad-date-time', userMessage: 'Неверные дата или время' },
  { code: 0x08, name: 'no-data', userMessage: 'В ФН нет таких данных' },
  { code: 0x09, name: 'bad-parameters', userMessage: 'Неверные параметры команды ФН' },
  { code: 0x0a, name: 'not-supported', userMessage: 'Команда не разрешена в этом режиме или версии ФФД' },
  { code: 0x0b, name: 'requisite-not-allowed', userMessage: 'Этот реквизит кассе передавать нельзя' },
  { code: 0x0c, name: 'duplicate-data', userMessage: 'Данные уже переданы в ФН' },
  { code: 0x0d, name: 'data-missing', userMessage: 'В ФН не переданы нужные данные' },
  { code: 0x0e, name: 'too-many-lines', userMessage: 'Слишком много позиций в чеке' },
  { code: 0x10, name: 'tlv-too-long', userMessage: 'Документ не помещается в память ФН' },
  { code: 0x11, name: 'no-transport', userMessage: 'Нет соединения с ОФД' },
  { code: 0x12, name: 'crypto-exhausted', userMessage: 'Исчерпан ресурс криптографии ФН' },
  {
    code: 0x14,
    name: 'queue-full',
    userMessage: 'Закончилась память для документов ОФД: передайте документы',
  },
  {
    code: 0x15,
    name: 'ofd-wait-over',
    userMessage: 'Документы не передавались в ОФД 30 дней: касса заблокирована',
  },
  { code: 0x16, name: 'shift-over-24-hours', userMessage: 'Смена длится больше 24 часов: закройте смену' },
  { code: 0x17, name: 'time-difference', userMessage: 'Время кассы расходится больше чем на 5 минут' },
  { code: 0x18, name: 'requisite-format', userMessage: 'Неверная длина или формат реквизита' },
  { code: 0x19, name: 'registration-mismatch', userMessage: 'Реквизит не совпадает с данными регистрации' },
  { code: 0x20, name: 'reply-not-accepted', userMessage: 'ФН не принял ответ ОФД' },
  { code: 0x23, name: 'key-service-refused', userMessage: 'Сервис обновления ключей отказал' },
  { code: 0x24, name: 'key-service-answer', userMessage: 'Непонятный ответ сервиса обновления ключей' },
  { code: 0x30, name: 'repeat-key-update', userMessage: 'Повторите обновление ключей' },
  { code: 0x32, name: 'marking-forbidden', userMessage: 'Работа с маркированными товарами запрещена' },
  { code: 0x33, name: 'marking-order', userMessage: 'Нарушен порядок команд проверки маркировки' },
  {
    code: 0x34,
    name: 'marking-blocked',
    userMessage: 'Работа с маркированными товарами временно заблокирована',
  },
  { code: 0x35, name: 'marking-table-full', userMessage: 'Таблица проверенных кодов маркировки заполнена' },
  { code: 0x36, name: 'keys-outdated', userMessage: 'Ключи проверки не обновлялись больше 90 дней' },
  { code: 0x3c, name: 'requisites-missing', userMessage: 'Не хватает обязательных реквизитов документа' },
  { code: 0x3e, name: 'marking-not-checked', userMessage: 'В документе код маркировки, не проверенный в ФН' },
];

const byCode = new Map(fnCodes.map((entry) => [entry.code, entry]));

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
