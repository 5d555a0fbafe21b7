// The JSON tasks of ATOL's driver as data: codec, driver and emulator derive from this table. Names are facts of public code
// (pbardov/node-atol-rpc 50b6a0f, ExLuzZziVo/KKTServiceLib d44357f); members that no public code shows are left out, and pass anyway.

/** What a member holds. A question mark: it may be absent. */
export type AtolFieldType =
  | 'text'
  | 'number'
  | 'flag'
  | 'object'
  | 'list'
  | 'text?'
  | 'number?'
  | 'flag?'
  | 'object?'
  | 'list?'
  /** Numbers or texts. */
  | 'values?'
  /** An object or a list of them, as versions of the driver differ. */
  | 'objects'
  /** Text or number, as versions of the driver differ. */
  | 'word?';

/** Members of a task or of its result. */
export type AtolLayout = Readonly<Record<string, AtolFieldType>>;

/** A JSON object whose members are not looked at here. */
export type AtolObject = Readonly<Record<string, unknown>>;

type ValueOf<F extends AtolFieldType> = F extends 'text' | 'text?'
  ? string
  : F extends 'number' | 'number?'
    ? number
    : F extends 'flag' | 'flag?'
      ? boolean
      : F extends 'object' | 'object?'
        ? AtolObject
        : F extends 'word?'
          ? string | number
          : F extends 'values?'
            ? readonly (string | number)[]
            : F extends 'objects'
              ? AtolObject | readonly AtolObject[]
              : readonly AtolObject[];

type OptionalKeys<L extends AtolLayout> = { [K in keyof L]: L[K] extends `${string}?` ? K : never }[keyof L];

/** The members of a layout, typed. */
export type AtolFieldsOf<L extends AtolLayout> = {
  readonly [K in Exclude<keyof L, OptionalKeys<L>>]: ValueOf<L[K]>;
} & { readonly [K in OptionalKeys<L>]?: ValueOf<L[K]> | undefined };

/**
 * What a task does: `fiscal` writes a document into the drive, `money` moves the drawer's counter, `print` uses paper, `set` changes
 * the device, `mark` the marking check, `read` nothing.
 */
export type AtolEffect = 'fiscal' | 'money' | 'print' | 'set' | 'mark' | 'read';

/** One type of task. */
export interface AtolTaskRow {
  readonly effect: AtolEffect;
  readonly titleRu: string;
  readonly request: AtolLayout;
  readonly result: AtolLayout;
}

function row<Q extends AtolLayout, R extends AtolLayout>(
  effect: AtolEffect,
  titleRu: string,
  request: Q,
  result: R,
) {
  return { effect, titleRu, request, result } as const;
}

const by = { operator: 'object?' } as const;
const report = { ...by, electronically: 'flag?', preItems: 'list?', postItems: 'list?' } as const;
const shift = { ...report, additionalAttribute: 'object?' } as const;
const fiscal = { fiscalParams: 'object?', warnings: 'object?' } as const;
const receipt = {
  ...report,
  taxationType: 'text?',
  items: 'list',
  payments: 'list',
  paymentsAddInfo: 'list?',
  taxes: 'list?',
  total: 'number?',
  internet: 'flag?',
  checkSize: 'flag?',
  ignoreNonFiscalPrintErrors: 'flag?',
  paymentsPlace: 'text?',
  paymentsAddress: 'text?',
  machineNumber: 'text?',
  clientInfo: 'object?',
  companyInfo: 'object?',
  agentInfo: 'object?',
  supplierInfo: 'object?',
  operationInfo: 'object?',
  industryInfo: 'list?',
  validateMarkingCodes: 'flag?',
  customParameters: 'list?',
  salesNotice: 'list?',
} as const;
const correction = {
  ...receipt,
  correctionType: 'text',
  correctionBaseDate: 'text?',
  correctionBaseNumber: 'text?',
  correctionBaseName: 'text?',
} as const;
const registration = { ...report, organization: 'object', device: 'object', ofd: 'object' } as const;
const change = { ...registration, reason: 'text?', changeInfoReasons: 'values?' } as const;
const cash = {
  ...by,
  cashSum: 'number',
  electronically: 'flag?',
  preItems: 'list?',
  postItems: 'list?',
} as const;
const counters = { counters: 'object?' } as const;
const mark = { params: 'objects' } as const;

/** All 57 types. */
export const atolTasks = {
  openShift: row('fiscal', 'открыть смену', shift, fiscal),
  closeShift: row('fiscal', 'закрыть смену', shift, fiscal),
  reportX: row('print', 'X-отчёт', report, fiscal),
  getShiftStatus: row('read', 'состояние смены', {}, { shiftStatus: 'object' }),
  getShiftTotals: row('read', 'итоги смены', {}, { shiftTotals: 'object?' }),
  getOverallTotals: row('read', 'необнуляемые итоги', {}, { overallTotals: 'object?' }),
  getDepartmentSum: row('read', 'суммы по отделам', {}, { departmentSum: 'object?' }),
  reportDepartments: row('print', 'отчёт по отделам', report, {}),

  sell: row('fiscal', 'чек прихода', receipt, fiscal),
  sellReturn: row('fiscal', 'чек возврата прихода', receipt, fiscal),
  buy: row('fiscal', 'чек расхода', receipt, fiscal),
  buyReturn: row('fiscal', 'чек возврата расхода', receipt, fiscal),
  sellCorrection: row('fiscal', 'коррекция прихода', correction, fiscal),
  sellReturnCorrection: row('fiscal', 'коррекция возврата прихода', correction, fiscal),
  buyCorrection: row('fiscal', 'коррекция расхода', correction, fiscal),
  buyReturnCorrection: row('fiscal', 'коррекция возврата расхода', correction, fiscal),

  cashIn: row('money', 'внести наличные', cash, counters),
  cashOut: row('money', 'выплатить наличные', cash, counters),
  openCashDrawer: row('set', 'открыть денежный ящик', {}, {}),
  getCashDrawerStatus: row(
    'read',
    'состояние денежного ящика',
    {},
    {
      cashDrawerStatus: 'object?',
      ...counters,
    },
  ),

  nonFiscal: row('print', 'нефискальный документ', { items: 'list', printFooter: 'flag?' }, {}),
  printLastReceiptCopy: row('print', 'копия последнего чека', by, {}),
  printFnDocument: row('print', 'печать документа из ФН', { fiscalDocumentNumber: 'number' }, {}),
  printDocumentsFromJournal: row(
    'print',
    'печать документов из журнала',
    { filter: 'text', from: 'number', to: 'number' },
    {},
  ),
  continuePrint: row('print', 'допечатать документ', {}, {}),
  uploadPictureCliche: row(
    'set',
    'загрузить картинку клише',
    { fileName: 'text', scalePercent: 'number?' },
    {},
  ),

  getDeviceInfo: row('read', 'сведения о кассе', {}, { deviceInfo: 'object' }),
  getDeviceStatus: row('read', 'состояние кассы', {}, { deviceStatus: 'object' }),
  getDeviceParameters: row('read', 'настройки кассы', { keys: 'values?' }, { deviceParameters: 'list?' }),
  setDeviceParameters: row(
    'set',
    'изменить настройки кассы',
    { deviceParameters: 'list' },
    { deviceParameters: 'list?' },
  ),
  getMcu: row(
    'read',
    'сведения о процессоре и памяти',
    {},
    { mcu: 'object?', dataFlash: 'object?', framEeprom: 'object?' },
  ),
  getLicenses: row('read', 'лицензии', {}, { licenses: 'list?' }),
  setDateTime: row('set', 'установить дату и время', { dateTime: 'text' }, {}),

  getFnInfo: row('read', 'сведения о ФН', {}, { fnInfo: 'object' }),
  getFnStatus: row('read', 'состояние ФН', {}, { fnStatus: 'object' }),
  getFnDocument: row(
    'read',
    'документ из ФН',
    { fiscalDocumentNumber: 'number', withRawData: 'flag?' },
    { documentTLV: 'object?', rawData: 'text?' },
  ),
  ofdExchangeStatus: row('read', 'состояние обмена с ОФД', {}, { status: 'object?', errors: 'object?' }),
  reportOfdExchangeStatus: row('fiscal', 'отчёт о состоянии расчётов', report, {
    ...fiscal,
    status: 'object?',
    errors: 'object?',
  }),
  reportFnRegistrations: row('print', 'отчёт о регистрациях', report, {}),
  getRegistrationInfo: row(
    'read',
    'регистрационные данные',
    {},
    { organization: 'object?', device: 'object?', ofd: 'object?' },
  ),
  registration: row('fiscal', 'регистрация', registration, fiscal),
  fnChange: row('fiscal', 'замена ФН', change, fiscal),
  changeRegistrationParameters: row('fiscal', 'изменение данных регистрации', change, fiscal),
  closeArchive: row('fiscal', 'закрыть архив ФН', report, fiscal),

  beginMarkingCodeValidation: row('mark', 'начать проверку кода маркировки', mark, {
    offlineValidation: 'object?',
  }),
  getMarkingCodeValidationStatus: row(
    'read',
    'состояние проверки кода маркировки',
    {},
    { ready: 'flag?', sentImcRequest: 'flag?', driverError: 'object?', onlineValidation: 'object?' },
  ),
  acceptMarkingCode: row('mark', 'принять код маркировки', {}, { itemInfoCheckResult: 'object?' }),
  declineMarkingCode: row('mark', 'отклонить код маркировки', {}, {}),
  cancelMarkingCodeValidation: row('mark', 'прервать проверку кода маркировки', {}, {}),
  clearMarkingCodeValidationResult: row('mark', 'очистить результаты проверки', {}, {}),
  validateMarks: row(
    'mark',
    'проверить коды маркировки',
    { params: 'list', timeout: 'number?' },
    // Its result is a list and not an object: the codec puts it into this member.
    { list: 'list?' },
  ),
  addMarksToBuffer: row('mark', 'добавить коды в буфер проверки', { params: 'list' }, {}),
  checkMarkingCodeValidationsReady: row(
    'read',
    'готовность проверок маркировки',
    {},
    { validationReady: 'flag?' },
  ),
  checkImcWorkState: row('read', 'состояние проверки маркировки', {}, { fm: 'object?', ecr: 'object?' }),
  checkImcTime: row(
    'read',
    'время проверки маркировки',
    {},
    {
      fmCheckTime: 'number?',
      sendingTime: 'number?',
      serverExchangeTime: 'number?',
      fullTime: 'number?',
    },
  ),
  pingIsm: row('read', 'связь с сервером маркировки', {}, { ready: 'flag?', time: 'number?' }),
  ismExchangeStatus: row(
    'read',
    'обмен с сервером маркировки',
    {},
    { status: 'object?', errors: 'object?', warnings: 'object?' },
  ),
} as const satisfies Readonly<Record<string, AtolTaskRow>>;

/** A type of task. */
export type AtolTaskType = keyof typeof atolTasks;

/** A task of a type, without its `type` member. */
export type AtolTaskFields<T extends AtolTaskType> = AtolFieldsOf<(typeof atolTasks)[T]['request']>;

/** What a task of a type gives back. */
export type AtolTaskResult<T extends AtolTaskType> = AtolFieldsOf<(typeof atolTasks)[T]['result']>;

/** A task as it goes over the wire. */
export type AtolTask<T extends AtolTaskType = AtolTaskType> = T extends AtolTaskType
  ? { readonly type: T } & AtolTaskFields<T>
  : never;

/** Whether a text names a type of task. */
export function isAtolTaskType(type: unknown): type is AtolTaskType {
  return typeof type === 'string' && Object.hasOwn(atolTasks, type);
}
