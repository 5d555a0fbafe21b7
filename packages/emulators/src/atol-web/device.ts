import type { Clock } from '@elcert/core';
import {
  type AtolObject,
  type AtolTaskType,
  checkAtolTask,
  isAtolCodecError,
} from '@elcert/device-drivers/atol';
import type { EmulatedFn } from '../fn/index.js';
import { createPaper, type Paper } from '../kernel/paper.js';
import {
  type AtolQuirks,
  columns,
  createContext,
  type DeviceContext,
  type DeviceState,
  emptyTotals,
  type Handlers,
  type MarkingService,
} from './context.js';
import { informationTasks } from './information.js';
import { markingTasks } from './marking.js';
import { moneyTasks } from './money.js';
import { checkReportItems, printingTasks } from './printing.js';
import { isReceiptType } from './receipt.js';
import { AtolRefusal } from './refusal.js';
import { registrationTasks } from './registration.js';

/** The register behind the web server. */
export interface AtolDevice {
  readonly state: DeviceState;
  readonly paper: Paper;
  readonly context: DeviceContext;
  /** Carries out a task. @throws AtolRefusal with the driver's code */
  execute(task: AtolObject): AtolObject;
}

/** Makes a register around a drive. It computes VAT itself and writes whole FFD 1.2 documents into the drive. */
export function createAtolDevice(options: {
  readonly fn: EmulatedFn;
  readonly kktSerialNumber: string;
  readonly clock: Clock;
  readonly timeZone: string;
  readonly quirks?: AtolQuirks | undefined;
  readonly markingService?: MarkingService | undefined;
  readonly markingDelayMs?: number | undefined;
  /** The operator was changed by a registration. */
  readonly onOperator?: (() => void) | undefined;
}): AtolDevice {
  const { fn, clock, timeZone } = options;
  const paper = createPaper(columns);
  const state: DeviceState = {
    fn,
    powered: true,
    kktSerialNumber: options.kktSerialNumber,
    registration: fn.registration,
    ofdServer: {},
    drawer: 0,
    drawerOpen: false,
    clockOffset: 0,
    shift: emptyTotals(),
    overall: emptyTotals(),
    // Two settings that tools like to read; numbers and values are ours.
    settings: new Map([
      [1, '1'],
      [2, '0'],
    ]),
    pictures: [],
    exchange: undefined,
    lastExchangeAt: '',
  };
  const context = createContext({
    state,
    paper,
    clock,
    timeZone,
    quirks: options.quirks ?? {},
    markingService: options.markingService ?? (() => ({ result: 15, status: 1 })),
    markingDelayMs: options.markingDelayMs ?? 0,
  });
  const { receipt, ...money } = moneyTasks(context);
  const handlers: Handlers = {
    ...money,
    ...printingTasks(context),
    ...informationTasks(context),
    ...markingTasks(context),
    ...registrationTasks(context, options.onOperator ?? (() => {})),
  };
  return {
    state,
    paper,
    context,
    execute(task) {
      const { type } = task;
      try {
        checkAtolTask(task);
      } catch (error) {
        if (!isAtolCodecError(error)) throw error;
        throw new AtolRefusal(501, error.message);
      }
      if (!state.powered) throw new AtolRefusal(2, 'the register is off');
      checkReportItems(context, task);
      const name = type as AtolTaskType;
      if (isReceiptType(name)) return receipt(task);
      const handler = handlers[name];
      if (handler === undefined) throw new AtolRefusal(11, `${name} has no handler`);
      return handler(task);
    },
  };
}
