import type { FaultRule } from '@elcert/emulators/kernel';
import type { World } from '@elcert/emulators/world';

/** A wire whose answer is lost once, on the way back: the deed is done, the till does not hear of it. */
export const demoFaults: Readonly<Record<string, { readonly what: string; readonly rule: FaultRule }>> = {
  'pre-auth': {
    what: 'the approval of FES is lost',
    rule: { at: 'fes', when: { operation: 'preAuthPurchase', nth: 1 }, do: 'silent-after-effect' },
  },
  terminal: {
    what: 'the terminal pays and the connection breaks before its answer',
    rule: { at: 'lan4gate', when: { operation: '302', nth: 1 }, do: 'disconnect' },
  },
  register: {
    what: 'the register closes the receipt and its answer is lost',
    rule: { at: 'shtrih-m', when: { operation: 'FF45', nth: 1 }, do: 'disconnect' },
  },
  confirm: {
    what: 'FES takes the receipt data and its answer is lost',
    rule: { at: 'fes', when: { operation: 'fiscalReceiptData', nth: 1 }, do: 'silent-after-effect' },
  },
  ofd: {
    what: 'the operator takes the receipt and its confirmation is lost',
    rule: { at: 'ofd-ru', when: { operation: 'receipt', nth: 1 }, do: 'disconnect' },
  },
};

/** Something that is not right before the sale begins. */
export interface DemoProblem {
  readonly what: string;
  /** What is wrong with the world, and how it is mended. */
  readonly world?: { readonly spoil: (world: World) => void; readonly mend: (world: World) => void };
  /** What is wrong with the till. */
  readonly till?: 'old-mac-key' | 'shift-not-opened' | 'no-operator';
}

/** Problems that `elcert demo --problem` can show. */
export const demoProblems: Readonly<Record<string, DemoProblem>> = {
  'wrong-mac': { what: 'the till has an old MAC key', till: 'old-mac-key' },
  'blocked-api-key': {
    what: "the merchant's API key is blocked",
    world: { spoil: ({ fes }) => fes.blockApiKey(), mend: ({ fes }) => fes.unblockApiKey() },
  },
  'inactive-desk': {
    what: 'the cash desk is not «Активна» at NSPK',
    world: {
      spoil: ({ fes }) => fes.setCashboxState('blocked-by-nspk'),
      mend: ({ fes }) => fes.setCashboxState('active'),
    },
  },
  'terminal-refuses': {
    what: 'the terminal refuses the payment',
    world: {
      spoil: ({ lan4gate }) =>
        lan4gate.faults.add({ at: 'lan4gate', when: { operation: '302' }, do: 'refuse' }),
      mend: ({ lan4gate }) => lan4gate.faults.clear(),
    },
  },
  'closed-shift': { what: 'nobody has opened the shift', till: 'shift-not-opened' },
  'paper-out': {
    what: 'the register has no paper',
    world: { spoil: ({ shtrihM }) => shtrihM.setPaper('out'), mend: ({ shtrihM }) => shtrihM.setPaper('ok') },
  },
  'ofd-down': { what: 'nobody answers at the address of the operator (OFD)', till: 'no-operator' },
};
