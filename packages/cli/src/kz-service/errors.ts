import { ElcertError, isElcertError, type Outcome, redact } from '@elcert/core';

/** What the service itself refuses; everything else is an error of the register, by its own code. */
export type KzServiceErrorCode =
  | 'BAD_CONFIG'
  | 'BAD_REQUEST'
  | 'FORBIDDEN'
  | 'INTERNAL'
  | 'KEY_MISSING'
  | 'KEY_REUSED'
  | 'LISTEN_FAILED'
  | 'NO_SUCH_DEVICE'
  | 'NO_SUCH_PATH'
  | 'NO_SUCH_PRODUCT'
  | 'STOPPING'
  | 'TOO_LONG'
  | 'TOO_MANY_TRIES'
  | 'UNAUTHORIZED';

/** An error of the service. */
export function serviceError(
  code: KzServiceErrorCode,
  message: string,
  userMessage: string,
  more: {
    readonly path?: string | undefined;
    readonly outcome?: Outcome | undefined;
    readonly cause?: unknown;
    readonly details?: Readonly<Record<string, unknown>> | undefined;
  } = {},
): ElcertError<KzServiceErrorCode> {
  return new ElcertError({ code, message, userMessage, ...more });
}

/** What a code is called in HTTP. A code that is not here is the operator's refusal, or a fault of the input. */
const statuses: Readonly<Record<string, number>> = {
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NO_SUCH_DEVICE: 404,
  NO_SUCH_PATH: 404,
  NO_SUCH_PRODUCT: 404,
  REFUSED: 409,
  PENDING: 409,
  SHIFT_OPEN: 409,
  SHIFT_EXPIRED: 409,
  NO_SHIFT: 409,
  NOTHING_TO_DO: 409,
  CLOCK_BEHIND: 409,
  TOO_LONG: 413,
  KEY_REUSED: 422,
  BLOCKED: 423,
  TOO_MANY_TRIES: 429,
  BAD_STORE: 500,
  INTERNAL: 500,
  NOT_SUPPORTED: 501,
  STOPPING: 503,
  SESSION_CLOSED: 503,
  NOT_CONNECTED: 503,
  NOT_SYNCHRONISED: 503,
  OFFLINE_TOO_LONG: 503,
};

/** Sentences for a cashier in Kazakh; the Russian ones come with the errors. */
const kazakh: Readonly<Record<string, string>> = {
  BAD_REQUEST: 'Сұрау дұрыс толтырылмаған.',
  BAD_VALUE: 'Құжаттағы мән дұрыс емес.',
  MISSING_FIELD: 'Құжатта міндетті дерек жоқ.',
  FORBIDDEN: 'Бұл әрекетке рұқсат жоқ.',
  INTERNAL: 'Қызметтің ішкі қатесі.',
  KEY_MISSING: 'Операция кілті көрсетілмеген.',
  KEY_REUSED: 'Бұл операция кілті басқа құжатқа қолданылған.',
  NO_SUCH_DEVICE: 'Мұндай касса жоқ.',
  NO_SUCH_PATH: 'Мұндай мекенжай жоқ.',
  NO_SUCH_PRODUCT: 'Тауар Ұлттық каталогта жоқ.',
  STOPPING: 'Қызмет тоқтатылуда.',
  TOO_LONG: 'Сұрау тым ұзын.',
  TOO_MANY_TRIES: 'PIN-код бірнеше рет қате енгізілді: күте тұрыңыз.',
  UNAUTHORIZED: 'PIN-код дұрыс емес.',
  REFUSED: 'ФДО құжатты қабылдамады.',
  BLOCKED: 'Касса бұғатталған.',
  PENDING: 'Алдыңғы құжатты ФДО әлі растаған жоқ.',
  SHIFT_OPEN: 'Ауысым ашық.',
  SHIFT_EXPIRED: 'Ауысым бір тәуліктен асты: оны жабыңыз.',
  NO_SHIFT: 'Ауысым ашылмаған.',
  NOTHING_TO_DO: 'Бұл құжат бойынша шешім қажет емес.',
  CLOCK_BEHIND: 'Касса сағаты артта қалған: күні мен уақытын түзетіңіз.',
  OFFLINE_TOO_LONG: 'Касса ФДО байланысынсыз тым ұзақ жұмыс істеді: байланысты қалпына келтіріңіз.',
  NOT_SYNCHRONISED: 'Кассаның алғашқы іске қосылуына ФДО байланысы қажет.',
  NOT_CONNECTED: 'ФДО-мен байланыс жоқ.',
  NO_REPLY: 'ФДО жауап бермейді.',
  CONNECTION_CLOSED: 'ФДО-мен байланыс үзілді.',
  SEND_FAILED: 'ФДО-мен байланыс үзілді.',
  BAD_REPLY: 'ФДО жауабы түсініксіз.',
  REPLY_MISMATCH: 'ФДО жауабы басқа сұрауға қатысты.',
  ABORTED: 'ФДО-мен алмасу тоқтатылды.',
  SESSION_CLOSED: 'Касса сеансы аяқталды.',
  NOT_SUPPORTED: 'Касса мұны жасай алмайды.',
  BAD_STORE: 'Касса күйі сақталмады: дискіні тексеріп, сол құжатты қайталаңыз.',
};

/** Refusals of the operator, by result code. */
const kazakhResults: Readonly<Record<number, string>> = {
  2: 'Токен қате: жаңасын ФДО кабинетінен алыңыз.',
  11: 'Ауысым бір тәуліктен асты: оны жабыңыз.',
  12: 'Аты немесе құпиясөзі қате.',
  13: 'ФДО құжат деректерін қабылдамады.',
  14: 'Кассада қолма-қол ақша жеткіліксіз.',
  15: 'Кассаны ФДО бұғаттаған.',
  17: 'Сатып алушының ЖСН/БСН-і сатушынікімен бірдей.',
  18: 'Тауар Ұлттық каталогта жоқ.',
};

/** Members that the body of a receipt calls otherwise than the receipt of the model. */
const renamed: Readonly<Record<string, string>> = {
  'receipt/buyer/inn': 'buyerNumber',
  'receipt/payments/prepaid': 'payments',
};

/** Where a value stands in the body that the caller has sent, not in the model that was made of it. */
function pathInBody(path: string): string {
  return renamed[path] ?? path.replace(/^(?:receipt|details|movement)\//, '');
}

/** An error as the service answers it. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: { readonly error: Readonly<Record<string, unknown>> };
}

/**
 * The answer to an error.
 *
 * @param makesDocument - then nothing is known of a document after an error that nobody has foreseen
 */
export function errorAnswer(error: unknown, makesDocument: boolean): ErrorAnswer {
  if (!isElcertError(error)) {
    return {
      status: 500,
      body: {
        error: {
          code: 'INTERNAL',
          message: 'an error that was not foreseen',
          userMessage: 'Внутренняя ошибка службы.',
          userMessageKk: kazakh.INTERNAL,
          ...(makesDocument ? { outcome: 'unknown' } : {}),
        },
      },
    };
  }
  const { code, message, userMessage, outcome, path, details } = error;
  const resultCode = Number(details?.resultCode);
  return {
    status: outcome === 'unknown' && code !== 'BAD_STORE' ? 504 : (statuses[code] ?? 400),
    body: {
      error: {
        code,
        message:
          path !== undefined && message.startsWith(`${path}: `)
            ? `${pathInBody(path)}${message.slice(path.length)}`
            : message,
        userMessage: userMessage ?? 'Операция не выполнена.',
        userMessageKk:
          (code === 'REFUSED' ? kazakhResults[resultCode] : undefined) ??
          kazakh[code] ??
          'Операция орындалмады.',
        ...(outcome === undefined ? {} : { outcome }),
        ...(path === undefined ? {} : { path: pathInBody(path) }),
        // The operator's own words may be among them.
        ...(details === undefined ? {} : { details: redact(details) }),
      },
    },
  };
}
