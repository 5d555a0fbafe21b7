import { randomUuid, sumKopecks } from '@elcert/core';
import { listenTcp } from '@elcert/core/node';
import { startWorld, type World } from '@elcert/emulators/world';
import { decodeReceipt } from '@elcert/fiscal-doc';
import { renderQrText } from '@elcert/fiscal-doc/qr';
import { renderReceiptText } from '@elcert/fiscal-doc/render';
import { demoCart } from './cart.js';
import type { Holding } from './money-table.js';
import { type DemoProblem, demoFaults, demoProblems } from './problems.js';
import { type Sale, type SaleReport, sell, type Till } from './sale.js';
import { connectTill } from './till.js';
import type { WireListener } from './wire.js';

/** One sale that came to its end. */
export interface DemoSale {
  readonly sale: Sale;
  readonly holdings: readonly Holding[];
  /** The receipt as text. */
  readonly printed: string;
}

/** Everything that was played. */
export interface DemoRun {
  readonly seed: string;
  readonly sales: readonly DemoSale[];
  /** What stopped the sale that began with a problem. */
  readonly error?: unknown;
}

/** How a demo is played, and who is told. */
export interface DemoPlan {
  readonly seed: string;
  readonly columns: number;
  readonly fault?: string;
  readonly problem?: string;
  readonly show: WireListener;
  /** Gets the lines of a trace of register and terminal, masked. */
  readonly trace?: (line: string) => void;
  readonly report: SaleReport;
  readonly said: (text: string) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Plays a sale in a world of its own. With a problem, the sale stops; the problem is mended and the next sale is played, to show
 * what state the first one has left.
 */
export async function playDemo(plan: DemoPlan): Promise<DemoRun> {
  const { seed, fault, said } = plan;
  const problem = plan.problem === undefined ? undefined : demoProblems[plan.problem];
  const world = await startWorld({
    seed,
    faults: fault === undefined ? [] : [demoFaults[fault as string]].flatMap((one) => one?.rule ?? []),
  });
  try {
    said(`A world of its own, seed ${seed}. Every arrow below went over a real socket; secrets are masked.`);
    for (const { name, addresses } of world.handles) {
      said(
        `  ${name.padEnd(9)} ${addresses.map((one) => ('url' in one ? one.url : 'path' in one ? one.path : `${one.host}:${one.port}`)).join(', ')}`,
      );
    }
    if (fault !== undefined) said(`\nFault: ${demoFaults[fault]?.what}.`);
    if (problem === undefined) {
      const sale = await playSale(world, plan, undefined);
      // A fault that never struck would make the sale below it prove nothing.
      if (fault !== undefined && world.handles.every((handle) => handle.faults.strikes === 0)) {
        throw new Error(`the fault ${fault} did not strike`);
      }
      return { seed, sales: [sale] };
    }

    said(`\nProblem: ${problem.what}.`);
    try {
      await playSale(world, plan, problem);
      return { seed, sales: [], error: new Error(`the problem ${plan.problem} stopped nothing`) };
    } catch (error) {
      plan.failed(error);
      problem.world?.mend(world);
      said('The cause is mended. The next sale, in the state that this one has left:');
      return { seed, sales: [await playSale(world, plan, undefined)], error };
    }
  } finally {
    await world.stop();
  }
}

async function playSale(
  world: World,
  { seed, columns, show, trace, report, said }: DemoPlan,
  problem: DemoProblem | undefined,
): Promise<DemoSale> {
  const wrong = problem?.till;
  const till = await connectTill({
    world,
    seed,
    columns,
    show,
    trace,
    ...(wrong === 'old-mac-key' ? { macKey: '00000000-0000-4000-8000-000000000000' } : {}),
    ...(wrong === 'no-operator' ? { ofdAddress: await addressOfNobody() } : {}),
  });
  try {
    if (wrong !== 'shift-not-opened') await openShift(till, said);
    problem?.world?.spoil(world);
    const before = balances(world);
    const sale = await sell(till, demoCart, report);
    const document = await till.register.readDocument(sale.fiscal.fiscalDocumentNumber);
    const { facts } = decodeReceipt(document);
    return {
      sale,
      holdings: holdings(world, sale, before, facts.totalSum ?? 0),
      // What certificates paid and the TRU codes are printed, but stand in no tag: they come from the till's own receipt.
      printed: renderReceiptText(
        { receipt: sale.receipt, facts },
        { columns, drawQr: (text) => renderQrText(text) },
      ),
    };
  } finally {
    await till.close();
  }
}

async function openShift({ register, cashier, random }: Till, said: (text: string) => void): Promise<void> {
  const { shift } = await register.status();
  if (shift !== 'closed') return;
  said('\nThe cashier opens the shift');
  await register.openShift(cashier, { operationKey: randomUuid(random) });
}

/** A port that was free a moment ago: whoever connects there is refused. */
async function addressOfNobody(): Promise<{ host: string; port: number }> {
  const { host, port, close } = await listenTcp(() => {});
  await close();
  return { host, port };
}

interface Balances {
  readonly card: number;
  readonly certificates: number;
  readonly clearing: number;
}

function balances({ ledger }: World): Balances {
  return {
    card: sumKopecks(ledger.balances('card/').values()),
    certificates: sumKopecks(ledger.balances('certificate/').values()),
    clearing: ledger.balance('acquirer/clearing'),
  };
}

/** Asks every end what it holds of a sale. */
function holdings(world: World, sale: Sale, before: Balances, inDrive: number): Holding[] {
  const { basketId, fiscal } = sale;
  const after = balances(world);
  const basket = world.fes.baskets().find((one) => one.basketId === basketId && one.state === 'paid');
  const confirmed = basket?.receipts.some(
    (one) => Number(one.fiscalDocumentNumber) === fiscal.fiscalDocumentNumber,
  );
  const operation = world.acquirer.operations().find((one) => one.basketId === basketId && one.approved);
  const delivered = world.ofdRu.document(fiscal.fiscalDriveNumber, fiscal.fiscalDocumentNumber);
  const atOperator = delivered === undefined ? undefined : decodeReceipt(delivered.bytes).facts.totalSum;
  return [
    { who: 'the till', certificate: sale.certificateAmount, own: sale.ownAmount, total: sale.total },
    {
      who: `FES${confirmed === true ? ', receipt confirmed' : ', RECEIPT MISSING'}`,
      certificate: confirmed === true ? (basket?.certificateAmount ?? 0) : 0,
    },
    {
      who: 'acquirer',
      certificate: operation?.certificateAmount ?? 0,
      own: operation?.ownAmount ?? 0,
      total: (operation?.certificateAmount ?? 0) + (operation?.ownAmount ?? 0),
    },
    {
      who: 'ledger of the world',
      certificate: before.certificates - after.certificates,
      own: before.card - after.card,
      total: after.clearing - before.clearing,
    },
    { who: `fiscal drive, document ${fiscal.fiscalDocumentNumber}`, total: inDrive },
    { who: 'operator (OFD)', total: atOperator ?? 0 },
  ];
}
