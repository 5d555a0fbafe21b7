import { type AtolObject, atolMarkStatuses, atolUnits, isAtolObject } from '@elcert/device-drivers/atol';
import type { PlannedStatus } from '@elcert/fiscal-doc';
import type { FnLocalCheck } from '../fn/index.js';
import { checkResultOf, type DeviceContext, type Handlers } from './context.js';

const plannedCodes: Readonly<Record<PlannedStatus, number>> = {
  pieceSold: 1,
  measuredSold: 2,
  pieceReturned: 3,
  measuredReturned: 4,
  unchanged: 255,
};

const codeTypes = [
  'imcUnrecognized',
  'imcShort',
  'imcFmVerifyCode88',
  'imcVerifyCode44',
  'imcFmVerifyCode44',
  'imcVerifyCode4',
];

const itemStatuses = [
  undefined,
  'itemEstimatedStatusCorrect',
  'itemEstimatedStatusIncorrect',
  'itemSaleStopped',
] as const;

/** The bytes of a mark out of `imc`. @throws AtolRefusal 409 */
export function markBytes(context: Pick<DeviceContext, 'refuse'>, imc: unknown): Uint8Array {
  const bytes = typeof imc === 'string' ? Buffer.from(imc, 'base64') : Buffer.alloc(0);
  if (bytes.length === 0 || bytes.length > 256) return context.refuse(409, 'imc');
  return Uint8Array.from(bytes);
}

interface Check {
  readonly code: Uint8Array;
  readonly local: FnLocalCheck;
  readonly planned: number;
  /** The service is not asked for it. */
  readonly silent: boolean;
  readonly readyAt: number;
  answered: boolean;
  result: number;
  status: 1 | 2 | 3 | undefined;
  service: number | undefined;
}

/** The marking tasks around the drive's own check. */
export function markingTasks(context: DeviceContext): Handlers {
  const { state, refuse, byDrive } = context;
  let current: Check | undefined;
  let buffered = 0;
  let unsent = 0;

  const plannedOf = (value: unknown): number => {
    const name = (Object.keys(plannedCodes) as PlannedStatus[]).find(
      (one) => atolMarkStatuses[one] === value || plannedCodes[one] === value,
    );
    return name === undefined ? refuse(404, 'itemEstimatedStatus') : plannedCodes[name];
  };

  const begin = (params: unknown): Check => {
    const one = Array.isArray(params) ? params[0] : params;
    if (!isAtolObject(one)) return refuse(501, 'params');
    const code = markBytes(context, one.imc);
    const planned = plannedOf(one.itemEstimatedStatus);
    const measured = planned === 2 || planned === 4;
    const { itemQuantity, itemUnits, itemFractionalAmount } = one;
    if (
      itemUnits !== undefined &&
      typeof itemUnits !== 'number' &&
      !Object.values(atolUnits).includes(String(itemUnits))
    )
      refuse(412, 'itemUnits');
    if (itemQuantity !== undefined && (!measured || typeof itemQuantity !== 'number' || itemQuantity <= 0))
      refuse(17, 'itemQuantity');
    if (itemFractionalAmount !== undefined) fractionOf(context, itemFractionalAmount);
    const local = byDrive(() => state.fn.marking.check(code));
    const silent = state.fn.status().offline || one.notSendToServer === true;
    current = {
      code,
      local,
      planned,
      silent,
      readyAt: context.epoch() + (silent ? 0 : context.markingDelayMs),
      answered: false,
      result: local.localStatus,
      status: undefined,
      service: undefined,
    };
    return current;
  };

  /** Lets the service answer once its time has come. @returns whether nothing more will come */
  const settle = (check: Check): boolean => {
    if (check.answered) return true;
    if (context.epoch() < check.readyAt) return false;
    check.answered = true;
    const answer = check.silent ? undefined : context.markingService(check.code, check.planned);
    if (answer === undefined) return true;
    check.service = answer.result;
    check.status = answer.status;
    check.result = byDrive(() => state.fn.marking.answer(answer.result));
    return true;
  };

  const offlineValidation = ({ localStatus, reason }: FnLocalCheck) => ({
    fmCheck: localStatus !== 0,
    fmCheckResult: localStatus === 3,
    fmCheckErrorReason: reason === 0 ? 'checked' : 'checkedUnsupported',
  });

  const onlineValidation = (check: Check): AtolObject | undefined => {
    if (check.service === undefined) return undefined;
    return {
      itemInfoCheckResult: checkResultOf(check.result),
      markOperatorItemStatus: itemStatuses[check.status ?? 0] ?? 'itemEstimatedStatusCorrect',
      markOperatorResponse: {
        responseStatus: (check.service & 2) !== 0,
        itemStatusCheck: (check.service & 8) !== 0,
      },
      markOperatorResponseResult: (check.service & 2) !== 0 ? 'correct' : 'incorrect',
      imcType: codeTypes[check.local.codeType] ?? 'imcUnrecognized',
      imcBarcode: Buffer.from(check.local.product.value).toString('base64'),
      imcModeProcessing: 0,
    };
  };

  const driverError = (check: Check) =>
    check.silent || check.service !== undefined || !check.answered
      ? { code: 0, error: '', description: 'Ошибок нет' }
      : { code: 402, error: 'noConnectionWithServer', description: 'Нет связи с сервером маркировки' };

  /** The check under way; a receipt and a change of drive end it. */
  const underWay = (): Check | undefined => (state.fn.marking.pending ? current : undefined);
  const needCurrent = (): Check => underWay() ?? refuse(410, 'no code was checked');

  const accept = (check: Check): AtolObject => {
    if (!settle(check)) return refuse(423);
    const result = byDrive(() => state.fn.marking.accept());
    current = undefined;
    unsent += 1;
    return { itemInfoCheckResult: checkResultOf(result) };
  };

  /** All at once: nobody polls, so the service is not waited for longer than it takes. */
  const checkAll = (params: unknown): AtolObject[] => {
    if (!Array.isArray(params) || params.length === 0) return refuse(501, 'params');
    if (underWay() !== undefined) refuse(401);
    return params.map((one) => {
      const check = { ...begin(one), readyAt: 0 };
      current = check;
      settle(check);
      const online = onlineValidation(check);
      const { itemInfoCheckResult } = accept(check);
      return {
        driverError: driverError(check),
        offlineValidation: offlineValidation(check.local),
        ...(online === undefined ? {} : { onlineValidation: online }),
        itemInfoCheckResult,
        sentImcRequest: !check.silent,
      };
    });
  };

  return {
    beginMarkingCodeValidation(task) {
      // The one before was neither accepted nor declined.
      if (underWay() !== undefined) refuse(401);
      return { offlineValidation: offlineValidation(begin(task.params).local) };
    },
    getMarkingCodeValidationStatus() {
      const check = needCurrent();
      const ready = settle(check);
      const online = onlineValidation(check);
      return {
        ready,
        sentImcRequest: !check.silent,
        driverError: driverError(check),
        ...(online === undefined ? {} : { onlineValidation: online }),
      };
    },
    acceptMarkingCode: () => accept(needCurrent()),
    declineMarkingCode() {
      needCurrent();
      byDrive(() => state.fn.marking.reject());
      current = undefined;
      return {};
    },
    cancelMarkingCodeValidation() {
      if (underWay() !== undefined) byDrive(() => state.fn.marking.reject());
      current = undefined;
      return {};
    },
    clearMarkingCodeValidationResult() {
      state.fn.marking.clear();
      current = undefined;
      buffered = 0;
      return {};
    },
    validateMarks: (task) => ({ list: checkAll(task.params) }),
    addMarksToBuffer(task) {
      buffered += checkAll(task.params).length;
      return {};
    },
    checkMarkingCodeValidationsReady() {
      const check = underWay();
      return { validationReady: check === undefined || settle(check) };
    },
    checkImcWorkState() {
      const check = underWay();
      const ready = check === undefined || settle(check);
      return {
        fm: {
          status: check === undefined ? 'noImcForCheck' : 'receivedImc',
          checkingCount: state.fn.marking.saved,
          soldImcCount: buffered,
          noticeIsBegin: false,
          noticeFreeMemory: 'less50',
          noticeUnsentCount: state.fn.marking.waiting.length,
        },
        ecr: {
          status: check === undefined ? 'notExecuted' : ready ? 'completed' : 'executed',
          type: state.fn.status().offline ? 'modeStandAlone' : 'waitForResult',
          stage: ready ? 'waitForTask' : 'waitForResult',
        },
      };
    },
    checkImcTime: () => ({
      fmCheckTime: 0,
      sendingTime: 0,
      serverExchangeTime: context.markingDelayMs,
      fullTime: context.markingDelayMs,
    }),
    pingIsm() {
      const offline = state.fn.status().offline;
      return { ready: !offline, time: offline ? 0 : context.markingDelayMs };
    },
    ismExchangeStatus: () => ({
      status: {
        notSentCount: state.fn.marking.waiting.length,
        notSentFirstNoticeNumber: state.fn.marking.waiting[0]?.number ?? 0,
        notSentFirstNoticeDateTime: '',
      },
      errors: {
        network: { code: 0, description: 'Ошибок нет' },
        ism: { code: 0, description: 'Ошибок нет' },
        fn: { code: 0, description: 'Ошибок нет' },
        documentNumber: 0,
        fnCommandCode: 0,
        lastSuccessConnectionDateTime: unsent === 0 ? '' : context.zoned(context.now()),
      },
    }),
  };
}

/** A part `n/m` of a marked unit. @throws AtolRefusal 17 */
export function fractionOf(
  context: Pick<DeviceContext, 'refuse'>,
  value: unknown,
): { readonly numerator: number; readonly denominator: number } {
  const match = /^([1-9]\d{0,8})\/([1-9]\d{0,8})$/.exec(String(value));
  const numerator = Number(match?.[1]);
  const denominator = Number(match?.[2]);
  return match === null || numerator >= denominator
    ? context.refuse(17, 'itemFractionalAmount')
    : { numerator, denominator };
}
