import type { KzVersion } from './header.js';

/** What a device does after a result code. */
export type KzReaction =
  | 'go-on'
  /** Blocked until a new token is entered. */
  | 'enter-token'
  /** Blocked until the fault is removed. */
  | 'fix-first'
  /** The document is refused, the device works on. */
  | 'refuse'
  /** The shift must be closed first. */
  | 'close-shift'
  /** Blocked by the operator; ask with SYSTEM until it answers 0. */
  | 'blocked'
  /** As if there were no answer: repeat, then work offline. */
  | 'retry';

/** One row of the table of result codes. */
export interface KzResult {
  readonly code: number;
  readonly name: string;
  readonly reaction: KzReaction;
  /** For a cashier. */
  readonly userMessage: string;
}

const rows: readonly (readonly [number, string, KzReaction, string])[] = [
  [0, 'OK', 'go-on', 'Принято.'],
  [1, 'UNKNOWN_ID', 'fix-first', 'Касса не зарегистрирована у ОФД.'],
  [2, 'INVALID_TOKEN', 'enter-token', 'Токен неверен: получите новый в кабинете ОФД.'],
  [3, 'PROTOCOL_ERROR', 'fix-first', 'ОФД не понял сообщение кассы.'],
  [4, 'UNKNOWN_COMMAND', 'fix-first', 'ОФД не знает эту команду.'],
  [5, 'UNSUPPORTED_COMMAND', 'fix-first', 'ОФД не поддерживает эту команду.'],
  [6, 'INVALID_CONFIGURATION', 'fix-first', 'Неверная настройка кассы.'],
  [7, 'SSL_IS_NOT_ALLOWED', 'fix-first', 'Шифрование для этой кассы не разрешено.'],
  [8, 'INVALID_REQUEST_NUMBER', 'fix-first', 'Неверный номер запроса.'],
  [9, 'INVALID_RETRY_REQUEST', 'fix-first', 'Повтор запроса не совпадает с исходным.'],
  [10, 'CANT_CANCEL_TICKET', 'refuse', 'Чек нельзя отменить.'],
  [11, 'OPEN_SHIFT_TIMEOUT_EXPIRED', 'close-shift', 'Смена длится больше суток: закройте её.'],
  [12, 'INVALID_LOGIN_PASSWORD', 'refuse', 'Неверное имя или пароль.'],
  [13, 'INCORRECT_REQUEST_DATA', 'refuse', 'ОФД не принял данные документа.'],
  [14, 'NOT_ENOUGH_CASH', 'refuse', 'В кассе недостаточно наличных.'],
  [15, 'BLOCKED', 'blocked', 'Касса заблокирована ОФД.'],
  [16, 'SHIFT_ALREADY_OPENED', 'refuse', 'Смена уже открыта.'],
  [17, 'SAME_TAXPAYER_AND_CUSTOMER', 'refuse', 'ИИН/БИН покупателя совпадает с продавцом.'],
  [254, 'SERVICE_TEMPORARILY_UNAVAILABLE', 'retry', 'ОФД временно недоступен.'],
  [255, 'UNKNOWN_ERROR', 'retry', 'Неизвестная ошибка ОФД.'],
];

const of = ([code, name, reaction, userMessage]: (typeof rows)[number]): KzResult => ({
  code,
  name,
  reaction,
  userMessage,
});

/**
 * What a result code means. 18 and 19 mean different things in different versions; a code that is in no table refuses the
 * document.
 */
export function kzResult(code: number, version: KzVersion): KzResult {
  const row = rows.find(([known]) => known === code);
  if (row !== undefined) return of(row);
  if (code === 18 && version === 203)
    return of([18, 'ELEMENT_NOT_FOUND_BY_BARCODE', 'refuse', 'Товара нет в Национальном каталоге.']);
  if (code === 18 && version === 204) return of([18, 'DEREGISTERED', 'blocked', 'Касса снята с учёта.']);
  if (code === 19 && version === 204) return of([19, 'DISCONNECTED', 'blocked', 'Касса отключена ОФД.']);
  return of([code, `CODE_${code}`, 'refuse', `ОФД ответил кодом ${code}.`]);
}
