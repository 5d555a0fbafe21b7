import { elcert } from './elcert.js';

/** What `elcert demo --json` prints. */
export interface DemoReport {
  readonly ok: boolean;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly userMessage?: string;
    readonly outcome?: string;
    readonly details?: { readonly step?: string; readonly moneyMoved?: string };
  };
  readonly sale?: {
    readonly certificateAmount: number;
    readonly ownAmount: number;
    readonly total: number;
    readonly delivered: number;
    readonly fiscal: { readonly fiscalDocumentNumber: number; readonly totalSum?: number };
  };
  readonly balanced?: boolean;
  readonly holdings?: readonly {
    readonly who: string;
    readonly certificate?: number;
    readonly own?: number;
    readonly total?: number;
  }[];
  readonly receipt?: readonly string[];
  readonly wire: readonly { readonly wire: string; readonly direction: string; readonly text: string }[];
}

/** Plays the demo as a process of its own. */
export async function demo(
  ...args: string[]
): Promise<{ code: number | null; report: DemoReport; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await elcert(['demo', '--json', '--seed', 'test', ...args]);
  return { code, stdout, stderr, report: JSON.parse(stdout) as DemoReport };
}

/** What the demo's cart comes to, kopecks: 1350 + 2 × 850.50 + min(7490, 5266.29) by certificate. */
export const demoSums = {
  certificate: 135_000 + 2 * 85_050 + 526_629,
  own: 749_000 - 526_629 + 21_590,
  total: 135_000 + 2 * 85_050 + 749_000 + 21_590,
} as const;
