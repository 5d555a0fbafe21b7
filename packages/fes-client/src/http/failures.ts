import { type Outcome, redactText } from '@elcert/core';
import type { FesResult } from '../answers.js';
import { FesError, type FesErrorCode } from '../errors.js';
import type { FesOperation, FesRefusalReason, FesWireProfile } from '../profile.js';

const noAnswer = 'ФЭС НСПК не ответил. Повторите: повторный запрос безопасен';

const userMessages: Partial<Record<FesErrorCode, string>> = {
  FES_UNREACHABLE: 'Нет связи с ФЭС НСПК: оплата сертификатом сейчас невозможна, обычная продажа возможна',
  FES_CIRCUIT_OPEN: 'ФЭС НСПК недоступен: оплата сертификатом сейчас невозможна, обычная продажа возможна',
  FES_TIMEOUT: noAnswer,
  FES_ABORTED: 'Запрос к ФЭС НСПК прерван',
  FES_DISCONNECTED: noAnswer,
  FES_NO_ANSWER: noAnswer,
  FES_SERVER_ERROR: 'Сбой на стороне ФЭС НСПК. Повторите позже',
  FES_RATE_LIMITED: 'ФЭС НСПК просит подождать: слишком много запросов',
  FES_UNAUTHORIZED: 'ФЭС НСПК не принял API-ключ: проверьте ключ в личном кабинете',
  FES_FORBIDDEN: 'ФЭС НСПК не принял запрос этой кассы: проверьте MAC-ключ и номер кассы в личном кабинете',
  FES_HTTP_REFUSED: 'ФЭС НСПК не принял запрос',
  FES_ANSWER_TOO_LONG: noAnswer,
  FES_BAD_ANSWER_MAC: 'Подпись ответа ФЭС НСПК неверна: ответу нельзя верить',
  FES_CREDENTIALS: 'Ключи ФЭС НСПК не заданы или заданы неверно',
};

const reasonMessages: Partial<Record<FesRefusalReason, string>> = {
  'api-key-blocked': 'API-ключ заблокирован: выпустите новый в личном кабинете НСПК и задайте его кассе',
  'api-key-unknown': 'API-ключ не принят: проверьте, что кассе задан действующий ключ',
  'mac-wrong': 'MAC-ключ кассы неверен: возможно, он был перевыпущен',
  'desk-unknown': 'ФЭС НСПК не знает кассу с таким номером: проверьте ID кассы, включая нули в начале',
  'desk-not-active': 'Касса не в статусе «Активна»: оплата сертификатом невозможна',
  'point-not-active': 'Точка продаж не активирована в ГИС ЭС: оплата сертификатом невозможна',
  'merchant-blocked': 'Продавец заблокирован в ГИС ЭС: оплата сертификатом невозможна',
  'bad-tru-code': 'Код ТРУ товара неверен или неполон: проверьте карточку товара',
  'basket-unknown': 'ФЭС НСПК не знает такой корзины или покупки',
  'basket-expired': 'Срок корзины истёк: проверьте корзину заново',
  'basket-paid': 'Эта корзина уже оплачена',
  'article-not-in-purchase': 'Этого товара нет в исходной покупке',
  'more-than-bought': 'К возврату указано больше, чем куплено',
  'already-returned': 'Этот товар уже возвращён',
  'no-certificate': 'У покупателя нет сертификата на эти товары',
  'receipt-contradicts': 'Данные чека расходятся с тем, что ФЭС НСПК уже знает о нём или о корзине',
  'certificate-annulled': 'Сертификат аннулирован: проверьте корзину заново',
  'par-required': 'Не передан PAR карты: по этому протоколу он обязателен',
  'tru-not-sold-here': 'Этот товар не разрешён к продаже по сертификату в этой точке',
  'programme-not-joined':
    'Точка продаж не участвует в программе, по которой оплачивается этот товар: причина указана в ГИС ЭС',
};

/** Operations that leave something behind at FES: after `unknown` they are repeated with the same id, or asked about. */
const withEffect: ReadonlySet<FesOperation> = new Set([
  'preAuthPurchase',
  'preAuthReturn',
  'fiscalReceiptData',
]);

/** Facts of one failure. */
export interface FailureFacts {
  readonly message: string;
  readonly outcome: Outcome;
  /** The same bytes may be sent again, after at least so many milliseconds. Absent: they may not. */
  readonly retryAfterMs?: number | undefined;
  readonly userMessage?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Makes the errors of one logical request, and remembers which of them may be tried again. */
export interface Failures {
  make(code: FesErrorCode, facts: FailureFacts): FesError;
  /** FES's own refusal, with its code and description. */
  refusal(code: FesErrorCode, httpStatus: number, result: FesResult): FesError;
  /** Least pause before the same bytes may be sent again; `undefined` when they may not. */
  retryAfterMs(error: unknown): number | undefined;
}

/**
 * Makes {@link Failures}. `facts` are read for each error, so they may hold a counter.
 *
 * @param secrets - keys, MAC and card data of the request: a server may repeat them in its description
 */
export function createFailures(
  profile: FesWireProfile,
  operation: FesOperation,
  facts: () => Readonly<Record<string, unknown>>,
  secrets: Iterable<string> = [],
): Failures {
  const retryable = new Map<unknown, number>();
  const make = (code: FesErrorCode, { retryAfterMs, details, ...init }: FailureFacts): FesError => {
    const error = new FesError({
      ...init,
      code,
      message: `${operation}: ${init.message}`,
      userMessage: init.userMessage ?? userMessages[code],
      details: { operation, effect: withEffect.has(operation), ...facts(), ...details },
    });
    if (retryAfterMs !== undefined) retryable.set(error, retryAfterMs);
    return error;
  };
  return {
    make,
    refusal(code, httpStatus, result) {
      const description = redactText(result.description, secrets).slice(0, 500);
      const reason = profile.resultCodes.reasons[result.code];
      const known = reason === undefined ? undefined : reasonMessages[reason];
      return make(code, {
        message: `refused with code ${result.code}${description === '' ? '' : `: ${description}`}`,
        userMessage:
          known ??
          userMessages[code] ??
          `Отказ ФЭС НСПК, код ${result.code}${description && `: ${description}`}`,
        outcome: 'refused',
        details: { httpStatus, resultCode: result.code, description, ...(reason && { reason }) },
      });
    },
    retryAfterMs: (error) => retryable.get(error),
  };
}

/** The same error after an attempt that may have been carried out. */
export function afterUnknown(error: FesError): FesError {
  return new FesError({
    code: error.code,
    message: `${error.message}; an earlier attempt may have been carried out`,
    userMessage: error.userMessage,
    outcome: 'unknown',
    details: error.details,
    cause: error.cause,
  });
}
