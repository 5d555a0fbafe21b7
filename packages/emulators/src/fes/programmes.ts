import { baseOf } from './allocation.js';
import { Refusal } from './refusals.js';
import { known, type PointRecord } from './registry.js';

// Programmes of ГИС ЭС: public material says that a merchant joins them, not how FES speaks of them. The rules here are ours.

/** A programme under which certificates for some goods are given. */
export interface Programme {
  readonly id: string;
  /** As the cabinet shows it; stands in the description of a refusal. */
  readonly name: string;
  /** Every point takes part, or each is approved. */
  readonly access: 'open' | 'by-approval';
  /** Goods that are paid for under it, 19 or 30 characters. */
  readonly truCodes: readonly string[];
}

/** How far a point has come with a programme by approval. */
export type Admission =
  | { readonly state: 'requested' | 'approved' }
  | { readonly state: 'refused'; readonly reason: string };

/** A programme and the points that applied to it. */
export interface ProgrammeState extends Programme {
  readonly admissions: Readonly<Record<string, Admission>>;
}

/** Handles for programmes; a point is named by its merchant, the first one's by default. */
export interface ProgrammeControls {
  /** From now on these goods are paid for only at points of one of their programmes. @throws Error for a known id */
  addProgramme(programme: Programme): void;
  /** The merchant applies. @throws Error when the programme is open or the point waits or takes part already */
  applyToProgramme(programmeId: string, merchantId?: string): void;
  /** @throws Error unless the point has applied */
  approveForProgramme(programmeId: string, merchantId?: string): void;
  /** Refuses an application, or ends what was approved. @throws Error unless there is one, or without a reason */
  refuseForProgramme(programmeId: string, reason: string, merchantId?: string): void;
}

/** Programmes and who takes part. */
export interface Programmes {
  readonly controls: ProgrammeControls;
  list(): ProgrammeState[];
  /** Goods that belong to no programme pass. @throws Refusal `programme-not-joined` with the reason in its description */
  check(point: PointRecord, articles: readonly { articleNumber: number; truCode: string }[]): void;
}

interface ProgrammeRecord {
  readonly programme: Programme;
  readonly goods: ReadonlySet<string>;
  readonly admissions: Map<string, Admission>;
}

const longestReason = 300;

function whyNot({ programme, admissions }: ProgrammeRecord, point: PointRecord): string | undefined {
  if (programme.access === 'open') return undefined;
  const admission = admissions.get(point.id);
  switch (admission?.state) {
    case 'approved':
      return undefined;
    case 'requested':
      return `"${programme.name}": the application awaits a decision`;
    case 'refused':
      return `"${programme.name}": the point was refused: ${admission.reason}`;
    default:
      return `"${programme.name}": the point has not applied`;
  }
}

/** Keeps programmes; none at first. */
export function createProgrammes(points: ReadonlyMap<string, PointRecord>, firstPoint: string): Programmes {
  const programmes = new Map<string, ProgrammeRecord>();
  /** Moves a point on, from one of the states that allow it. */
  const admit = (
    programmeId: string,
    pointId: string,
    from: readonly (Admission['state'] | 'none')[],
    to: Admission,
  ) => {
    const { programme, admissions } = known(programmes, programmeId, 'programme');
    known(points, pointId, 'point');
    if (programme.access === 'open') throw new Error(`programme ${programmeId} is open to all`);
    const now = admissions.get(pointId)?.state ?? 'none';
    if (!from.includes(now)) throw new Error(`programme ${programmeId}: ${to.state} after ${now}`);
    admissions.set(pointId, to);
  };
  return {
    controls: {
      addProgramme(programme) {
        if (programmes.has(programme.id)) throw new Error(`programme ${programme.id} exists already`);
        const goods = new Set(programme.truCodes.map(baseOf));
        programmes.set(programme.id, { programme, goods, admissions: new Map() });
      },
      applyToProgramme: (programmeId, merchantId = firstPoint) =>
        admit(programmeId, merchantId, ['none', 'refused'], { state: 'requested' }),
      approveForProgramme: (programmeId, merchantId = firstPoint) =>
        admit(programmeId, merchantId, ['requested'], { state: 'approved' }),
      refuseForProgramme(programmeId, reason, merchantId = firstPoint) {
        if (reason.length === 0 || reason.length > longestReason)
          throw new Error(`a reason has 1 to ${longestReason} characters`);
        admit(programmeId, merchantId, ['requested', 'approved'], { state: 'refused', reason });
      },
    },
    list: () =>
      [...programmes.values()].map(({ programme, admissions }) => ({
        ...programme,
        admissions: Object.fromEntries(admissions),
      })),
    check(point, articles) {
      for (const { articleNumber, truCode } of articles) {
        const concerned = [...programmes.values()].filter(({ goods }) => goods.has(baseOf(truCode)));
        const reasons = concerned.map((one) => whyNot(one, point));
        // One programme that the point takes part in is enough.
        if (reasons.length > 0 && !reasons.includes(undefined))
          throw new Refusal('programme-not-joined', `position ${articleNumber}: ${reasons.join('; ')}`);
      }
    },
  };
}
