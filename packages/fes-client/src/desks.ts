import { parse } from 'csv-parse/sync';
import { checkCashboxId } from './client.js';
import { FesError } from './errors.js';

/** A cash desk of a merchant's cabinet. The MAC key is a secret: print through `redact`. */
export interface FesDesk {
  /** 18 or 19 digits. */
  readonly cashboxId: string;
  readonly macKey: string;
  /** As the cabinet writes it: «Активна», «Зарегистрирована» … */
  readonly status: string;
  readonly acquirer?: string | undefined;
  readonly vendor?: string | undefined;
  readonly softwareVersion?: string | undefined;
  readonly addedOn?: string | undefined;
  /** Line of the file on which its row ends, from 1. */
  readonly line: number;
}

/** Names of the columns. */
export interface FesDeskColumns {
  readonly cashboxId: string;
  readonly macKey: string;
  readonly status: string;
  readonly acquirer: string;
  readonly vendor: string;
  readonly softwareVersion: string;
  readonly addedOn: string;
}

/**
 * What the cabinet's table shows. That an export has the same names is *inferred*: the form of the file is not public,
 * so each name can be replaced.
 */
export const cabinetColumns: FesDeskColumns = {
  cashboxId: 'ID кассы',
  macKey: 'MAC key',
  status: 'Статус',
  acquirer: 'Эквайрер',
  vendor: 'Вендор',
  softwareVersion: 'Версия ПО',
  addedOn: 'Дата добавления',
};

/** A line that cannot be used. The key never stands in it. */
export interface FesDeskIssue {
  readonly line: number;
  readonly column: string;
  readonly message: string;
  readonly userMessage: string;
}

/** What {@link parseDesks} read. */
export interface FesDeskList {
  readonly desks: readonly FesDesk[];
  readonly issues: readonly FesDeskIssue[];
}

/** Longest file that is read: some tens of thousands of desks. */
const maxLength = 8 * 1024 * 1024;

function badFile(message: string, userMessage: string): FesError {
  return new FesError({ code: 'FES_BAD_CONFIG', message, userMessage, path: 'desks', outcome: 'not-sent' });
}

/** Rows of a CSV text, each with the line it ends on. */
function rowsOf(text: string, delimiter: string): { readonly line: number; readonly cells: string[] }[] {
  try {
    const rows = parse(text, {
      delimiter,
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as { readonly info: { readonly lines: number }; readonly record: string[] }[];
    return rows.map(({ info, record }) => ({ line: info.lines, cells: record }));
  } catch (cause) {
    throw new FesError({
      code: 'FES_BAD_CONFIG',
      // The parser's own message would show a piece of the file, and keys stand in it.
      message: 'the file is not CSV: a quote is not closed or stands where it must not',
      userMessage: 'Файл касс повреждён: проверьте кавычки',
      path: 'desks',
      outcome: 'not-sent',
      details: { line: (cause as { lines?: unknown }).lines },
    });
  }
}

/**
 * Reads a list of desks out of CSV text (comma, semicolon or tab; the first line names the columns). Lines that cannot be
 * used become issues; the others are read.
 *
 * @param columns - names that differ from the cabinet's
 * @throws FesError `FES_BAD_CONFIG` when the file as a whole is not such a list
 * @example
 * ```ts
 * const { desks, issues } = parseDesks(await readFile('desks.csv', 'utf8'));
 * const desk = requireActiveDesk(desks, '0000000000000000027');
 * const client = createFesClient({ …, cashboxId: desk.cashboxId, credentials: { apiKey, macKey: desk.macKey } });
 * ```
 */
export function parseDesks(text: string, columns: Partial<FesDeskColumns> = {}): FesDeskList {
  if (text.length > maxLength) throw badFile('the file is too long', 'Файл касс слишком велик');
  const head = text.slice(0, text.search(/\r?\n|$/));
  const [header, ...rows] = rowsOf(text, [';', '\t', ','].find((one) => head.includes(one)) ?? ',');
  const names = { ...cabinetColumns, ...columns };
  const titles = (header?.cells ?? []).map((title) => title.trim().toLowerCase());
  const indexOf = (name: keyof FesDeskColumns) => titles.indexOf(names[name].trim().toLowerCase());
  for (const name of ['cashboxId', 'macKey', 'status'] as const) {
    if (indexOf(name) < 0)
      throw badFile(`no column ${JSON.stringify(names[name])}`, `В файле касс нет столбца «${names[name]}»`);
  }
  const desks: FesDesk[] = [];
  const issues: FesDeskIssue[] = [];
  const lines = new Map<string, number>();
  for (const { line, cells } of rows) {
    const cell = (name: keyof FesDeskColumns) => cells[indexOf(name)]?.trim() ?? '';
    const issue = (name: keyof FesDeskColumns, message: string, userMessage: string) =>
      issues.push({ line, column: names[name], message, userMessage: `Строка ${line}: ${userMessage}` });
    const cashboxId = cell('cashboxId');
    if (/^\d+(?:[.,]\d+)?[eе][+-]?\d+$/i.test(cashboxId)) {
      issue(
        'cashboxId',
        'a number in scientific notation: its digits are lost',
        'таблица превратила ID кассы в число и потеряла цифры. Задайте столбцу текстовый формат',
      );
      continue;
    }
    try {
      checkCashboxId(cashboxId);
    } catch (error) {
      if (!(error instanceof FesError)) throw error;
      issue('cashboxId', error.message, error.userMessage ?? 'ID кассы неверен');
      continue;
    }
    const macKey = cell('macKey');
    if (!/^[\x21-\x7e]{1,256}$/.test(macKey)) {
      issue('macKey', 'absent, or not a key', 'MAC-ключ не указан или указан неверно');
      continue;
    }
    const status = cell('status');
    if (status === '') {
      issue('status', 'absent', 'не указан статус кассы');
      continue;
    }
    const before = lines.get(cashboxId);
    if (before !== undefined) {
      issue('cashboxId', `stands in line ${before} already`, `касса уже указана в строке ${before}`);
      continue;
    }
    lines.set(cashboxId, line);
    const optional = (name: keyof FesDeskColumns) => (cell(name) === '' ? {} : { [name]: cell(name) });
    desks.push({
      cashboxId,
      macKey,
      status,
      ...optional('acquirer'),
      ...optional('vendor'),
      ...optional('softwareVersion'),
      ...optional('addedOn'),
      line,
    });
  }
  return { desks, issues };
}

/** Why a desk does not work, by the statuses of the cabinet (lower case). */
const statusReasons: Readonly<Record<string, string>> = {
  зарегистрирована:
    'касса ждёт проверки НСПК. Так бывает и после правки данных: операции станут доступны, когда статус снова будет «Активна»',
  'заблокирована тсп': 'кассу заблокировал продавец. Разблокируйте её в личном кабинете НСПК',
  'выведена из эксплуатации': 'касса выведена из эксплуатации навсегда. Зарегистрируйте новую',
  'требуется корректировка': 'НСПК ждёт исправления данных кассы в личном кабинете',
  'заблокирована нспк': 'кассу заблокировала НСПК. Обратитесь в поддержку НСПК',
  'заблокирована гис эс': 'кассу заблокировала ГИС ЭС: проверьте состояние точки продаж',
};

/**
 * The desk with that number, if it may work.
 *
 * @throws FesError `FES_BAD_CONFIG` when there is none, `FES_DESK_NOT_ACTIVE` (`not-sent`) with the reason for the cashier
 */
export function requireActiveDesk(desks: readonly FesDesk[], cashboxId: string): FesDesk {
  const desk = desks.find((one) => one.cashboxId === checkCashboxId(cashboxId));
  if (desk === undefined) throw badFile(`no desk ${cashboxId}`, `Кассы ${cashboxId} нет в списке`);
  const status = desk.status.toLowerCase();
  if (status === 'активна') return desk;
  throw new FesError({
    code: 'FES_DESK_NOT_ACTIVE',
    message: `the desk ${cashboxId} is ${JSON.stringify(desk.status)}, not active`,
    userMessage: `Касса не в статусе «Активна»: ${statusReasons[status] ?? `статус «${desk.status}»`}`,
    outcome: 'not-sent',
    details: { cashboxId, status: desk.status },
  });
}
