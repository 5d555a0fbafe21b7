import type { FiscalRegister, PrinterStatus, RegisterIdentity, RegisterStatus } from '@elcert/fiscal-doc';
import type { Io } from '../io.js';
import { exitCode, printJson } from '../outcome.js';
import { type DevicePlace, deviceError, openDevice } from './device.js';

/** What `elcert devices status` is told. */
export interface StatusOptions extends DevicePlace {
  readonly json?: boolean;
}

interface Report {
  readonly at: string;
  readonly driver: string;
  readonly identity?: RegisterIdentity;
  readonly status?: RegisterStatus;
  readonly printer?: PrinterStatus;
  readonly terminal?: Readonly<Record<string, unknown>>;
  /** The printer takes bytes and answers no question: whether it is in order nobody but a person can tell. */
  readonly mute?: boolean;
  /** What a person has to mend, in Russian. */
  readonly problems: readonly string[];
}

/** `elcert devices status` */
export async function deviceStatus(io: Io, options: StatusOptions): Promise<number> {
  const device = await openDevice(options);
  try {
    const head = { at: device.at, driver: options.driver };
    let report: Report;
    if (device.register !== undefined) report = { ...head, ...(await registerReport(device.register)) };
    else if (device.printer !== undefined) {
      const printer = await device.printer.status();
      report = { ...head, printer, mute: isMute(printer), problems: printerProblems(printer) };
    } else {
      const terminal = await device.terminal?.();
      if (terminal === undefined)
        throw deviceError(
          'NO_ANSWER',
          `nobody who speaks ${options.driver} answers at ${device.at}`,
          'not-sent',
          'Терминал не отвечает.',
        );
      report = { ...head, terminal, problems: [] };
    }
    const ok = report.problems.length === 0;
    if (options.json === true) printJson(io, { ok, ...report });
    else io.out(reportText(report));
    return ok ? exitCode.done : exitCode.refused;
  } finally {
    await device.close();
  }
}

/** Whether a printer has told nothing of itself. */
function isMute({ paper, coverOpen, drawerOpen, problem }: PrinterStatus): boolean {
  return paper === 'unknown' && coverOpen === undefined && drawerOpen === undefined && problem === undefined;
}

function printerProblems({ problem, online }: PrinterStatus): string[] {
  if (problem !== undefined) return [problem];
  return online ? [] : ['Принтер не готов к печати.'];
}

async function registerReport(
  register: FiscalRegister,
): Promise<Pick<Report, 'identity' | 'status' | 'printer' | 'problems'>> {
  const identity = await register.identity();
  const status = await register.status();
  const printer = await register.printer?.status();
  const problems = [
    ...(status.paper === 'out' ? ['В кассе закончилась бумага.'] : []),
    ...(status.coverOpen === true ? ['Открыта крышка кассы.'] : []),
    ...(status.shift === 'expired' ? ['Смена длится больше 24 часов: закройте её.'] : []),
    ...(status.documentOpen ? ['На кассе остался открытый документ.'] : []),
    ...(status.driveInFiscalPhase === false ? ['Фискальный накопитель не в фискальном режиме.'] : []),
  ];
  return {
    identity,
    status,
    ...(printer === undefined ? {} : { printer }),
    problems: problems.length > 0 || printer === undefined ? problems : printerProblems(printer),
  };
}

function words(value: unknown): string {
  if (value === undefined) return 'not told';
  if (value === true) return 'yes';
  if (value === false) return 'no';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function reportText({ at, driver, identity, status, printer, terminal, mute, problems }: Report): string {
  const part = (title: string, values: object | undefined) =>
    values === undefined
      ? []
      : [
          title,
          ...Object.entries(values)
            .filter(([name]) => name !== 'problem')
            .map(([name, value]) => `    ${name}: ${words(value)}`),
        ];
  return [
    `${driver} at ${at}`,
    ...part('register', identity),
    ...part('state', status),
    ...part('printer', printer),
    ...part('terminal', terminal),
    ...(problems.length > 0
      ? problems
      : [mute === true ? 'connected, but it tells nothing of its state: look at it' : 'in order']),
    '',
  ].join('\n');
}
