import { ElcertError } from '@elcert/core';
import type { CashboxState, EmulatedCertificate, FaultPlan, FaultRule } from '../kernel/index.js';
import type { PointState } from './registry.js';
import type { DeskEvent } from './scene.js';
import type { FesState } from './state.js';

type Arguments = Readonly<Record<string, unknown>>;

const cashboxStates: readonly CashboxState[] = [
  'registered',
  'active',
  'blocked-by-merchant',
  'decommissioned',
  'correction-required',
  'blocked-by-nspk',
  'blocked-by-gis',
];
const pointStates: readonly PointState[] = ['created', 'activating', 'tested', 'active', 'disabled'];
const deskEvents: readonly DeskEvent[] = [
  'edit',
  'approve',
  'block',
  'unblock',
  'decommission',
  'require-correction',
  'correct',
  'block-by-nspk',
  'block-by-gis',
];

function bad(path: string, message: string): ElcertError<'BAD_CONTROL'> {
  return new ElcertError({ code: 'BAD_CONTROL', message: `${path}: ${message}`, path });
}

function text(args: Arguments, name: string): string {
  const value = args[name];
  if (typeof value !== 'string') throw bad(name, 'not a text');
  return value;
}

function optional(args: Arguments, name: string): string | undefined {
  return args[name] === undefined ? undefined : text(args, name);
}

function oneOf<T extends string>(args: Arguments, name: string, list: readonly T[]): T {
  const value = list.find((one) => one === args[name]);
  if (value === undefined) throw bad(name, `not one of ${list.join(', ')}`);
  return value;
}

/** The handles of FES by name, for whoever is not in this process. */
export function createControls(
  state: FesState,
  faults: FaultPlan,
): Readonly<Record<string, (args: Arguments) => unknown>> {
  return {
    blockApiKey: (args) => state.blockApiKey(optional(args, 'merchantId')),
    unblockApiKey: (args) => state.unblockApiKey(optional(args, 'merchantId')),
    reissueApiKey: (args) => ({ apiKey: state.reissueApiKey(optional(args, 'merchantId')) }),
    reissueMacKey: (args) => ({ macKey: state.reissueMacKey(optional(args, 'cashboxId')) }),
    setCashboxState: (args) =>
      state.setCashboxState(oneOf(args, 'state', cashboxStates), optional(args, 'cashboxId')),
    changeCashbox: (args) => ({
      state: state.changeCashbox(oneOf(args, 'event', deskEvents), optional(args, 'cashboxId')),
    }),
    addCashbox: (args) => {
      const merchantId = optional(args, 'merchantId');
      return state.addCashbox({
        ...(merchantId === undefined ? {} : { merchantId }),
        ...(args.state === undefined ? {} : { state: oneOf(args, 'state', cashboxStates) }),
      });
    },
    addMerchant: (args) => state.addMerchant(text(args, 'id')),
    setMerchantBlocked: (args) => {
      if (typeof args.blocked !== 'boolean') throw bad('blocked', 'not true or false');
      state.setMerchantBlocked(args.blocked, optional(args, 'merchantId'));
    },
    setPoint: (args) => {
      const { activeFrom, truCodes } = args;
      if (truCodes !== undefined && truCodes !== null && !Array.isArray(truCodes))
        throw bad('truCodes', 'not a list');
      state.setPoint(
        {
          ...(args.state === undefined ? {} : { state: oneOf(args, 'state', pointStates) }),
          ...(activeFrom === undefined
            ? {}
            : { activeFrom: activeFrom === null ? null : text(args, 'activeFrom') }),
          ...(truCodes === undefined
            ? {}
            : { truCodes: truCodes === null ? null : (truCodes as unknown[]).map(String) }),
        },
        optional(args, 'merchantId'),
      );
    },
    addProgramme: (args) => {
      if (!Array.isArray(args.truCodes)) throw bad('truCodes', 'not a list');
      state.addProgramme({
        id: text(args, 'id'),
        name: text(args, 'name'),
        access: oneOf(args, 'access', ['open', 'by-approval']),
        truCodes: (args.truCodes as unknown[]).map(String),
      });
    },
    applyToProgramme: (args) =>
      state.applyToProgramme(text(args, 'programmeId'), optional(args, 'merchantId')),
    approveForProgramme: (args) =>
      state.approveForProgramme(text(args, 'programmeId'), optional(args, 'merchantId')),
    refuseForProgramme: (args) =>
      state.refuseForProgramme(text(args, 'programmeId'), text(args, 'reason'), optional(args, 'merchantId')),
    addCertificate: (args) => {
      for (const name of ['id', 'cardId', 'startDate', 'expiryDate']) text(args, name);
      if (!Array.isArray(args.tru)) throw bad('tru', 'not a list');
      args.tru.forEach((one: unknown, index) => {
        if (typeof (one as { truCode?: unknown } | null)?.truCode !== 'string')
          throw bad(`tru[${index}]/truCode`, 'not a text');
      });
      oneOf(args, 'count', ['per-tru', 'total', 'unlimited']);
      oneOf(args, 'money', ['per-unit', 'total']);
      state.addCertificate(args as unknown as EmulatedCertificate);
    },
    annulCertificate: (args) => state.annulCertificate(text(args, 'certificateId')),
    addFaults: (args) => {
      if (!Array.isArray(args.rules)) throw bad('rules', 'not a list');
      faults.add(...(args.rules as FaultRule[]).map((rule) => ({ ...rule, at: 'fes' })));
    },
    clearFaults: () => faults.clear(),
  };
}
