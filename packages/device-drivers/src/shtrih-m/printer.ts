import { isElcertError, outcomeOf } from '@elcert/core';
import type { PrinterStatus, PrintOptions, PrintRow, ReceiptPrinter } from '@elcert/fiscal-doc';
import { laidOut } from '@elcert/fiscal-doc/render';
import { failed, harmless } from './fail.js';
import { RegisterError } from './register-error.js';
import type { Session, Step } from './session.js';
import { isCoverOpen, type RegisterState } from './state.js';

/** What the model is known to have. */
export interface PaperFacts {
  readonly columns: number;
  /** `undefined` when the model does not tell. */
  readonly cutter: boolean | undefined;
}

const drawerFlag = 1 << 11;
/** Print on the receipt tape. */
const onReceipt = 2;
/** Type of DDh's data, and its blocks. */
const barcodeData = 0;
const blockLength = 64;
/** Type of DEh. */
const qrCode = 3;
const centre = 1;
/** More than this no QR code holds as text in bytes at the error correction that is asked for (M). */
const longestQr = 2331;
/** Lines that bring the last one past the tear-off edge. */
const linesToEdge = 5;
const mostRows = 2000;

function refuse(message: string, path: string): RegisterError {
  return new RegisterError({
    code: 'PRINT_NOT_SUPPORTED',
    message,
    path,
    userMessage: 'Касса не может напечатать такой документ.',
    outcome: 'not-sent',
  });
}

/** A line of text: what is no character of the tape becomes a space, as ESC and its like would speak to the printer. */
function textStep(line: string, columns: number): Step {
  const printable = [...line].map((character) => ((character.codePointAt(0) ?? 0) < 0x20 ? ' ' : character));
  return { code: '17', fields: { flags: onReceipt, text: printable.slice(0, columns).join('') } };
}

function feedSteps(lines: number): Step[] {
  const steps: Step[] = [];
  for (let left = lines; left > 0; left -= 255)
    steps.push({ code: '29', fields: { flags: onReceipt, lines: Math.min(left, 255) } });
  return steps;
}

/** A QR code goes into the register block by block, then it is drawn. */
function qrSteps(payload: string, path: string): Step[] {
  const bytes = new TextEncoder().encode(payload);
  if (bytes.length === 0 || bytes.length > longestQr)
    throw refuse(`a QR code holds 1 to ${longestQr} bytes, not ${bytes.length}`, path);
  const steps: Step[] = [];
  for (let block = 0; block * blockLength < bytes.length; block += 1) {
    const data = new Uint8Array(blockLength);
    data.set(bytes.subarray(block * blockLength, (block + 1) * blockLength));
    steps.push({ code: 'DD', fields: { type: barcodeData, block, data } });
  }
  // Version and mask by the register's choice, five dots a module, error correction M.
  steps.push({
    code: 'DE',
    fields: {
      type: qrCode,
      length: bytes.length,
      firstBlock: 0,
      parameter1: 0,
      parameter2: 0,
      parameter3: 5,
      parameter4: 0,
      parameter5: 1,
      alignment: centre,
    },
  });
  return steps;
}

/** EAN-13 without its check digit, or with a right one, as C2h takes it. */
function eanStep(text: string, path: string): Step {
  if (!/^\d{12,13}$/.test(text)) throw refuse('an EAN-13 has 12 or 13 digits', path);
  const sum = [...text.slice(0, 12)].reduce(
    (all, digit, index) => all + Number(digit) * (index % 2 ? 3 : 1),
    0,
  );
  if (text.length === 13 && Number(text[12]) !== (10 - (sum % 10)) % 10)
    throw refuse('the check digit of the EAN-13 is wrong', path);
  return { code: 'C2', fields: { code: Number(text.slice(0, 12)) } };
}

/**
 * Rows as commands: lines of text (17h), QR codes (DDh, DEh), EAN-13 (C2h) and feeds (29h).
 *
 * @throws RegisterError `PRINT_NOT_SUPPORTED` (`not-sent`) with a path such as `rows[3]`
 */
export function planPrint(rows: readonly PrintRow[], columns: number): Step[] {
  if (rows.length > mostRows) throw refuse(`more than ${mostRows} rows`, 'rows');
  return rows.flatMap((row, index): Step[] => {
    const path = `rows[${index}]`;
    switch (row.type) {
      case 'feed':
        if (!Number.isInteger(row.lines) || row.lines < 0 || row.lines > mostRows)
          throw refuse('a feed has 0 to 2000 lines', `${path}/lines`);
        return feedSteps(row.lines);
      case 'qr':
        return qrSteps(row.payload, path);
      case 'barcode':
        if (row.kind !== 'ean13') throw refuse(`the register draws EAN-13, not ${row.kind}`, path);
        return [eanStep(row.text, path)];
      case 'picture':
        throw refuse('pictures are not printed here', path);
      default: {
        let lines: readonly string[];
        try {
          lines = laidOut([row], { columns }).flatMap((laid) => laid.lines);
        } catch (cause) {
          if (!isElcertError(cause)) throw cause;
          throw refuse(cause.message, path);
        }
        // A row without a word is an empty line.
        return (lines.length === 0 ? [''] : lines).map((line) => textStep(line, columns));
      }
    }
  });
}

/** Makes the printer of a register. */
export function registerPrinter(
  session: Session,
  state: RegisterState,
  { columns, cutter }: PaperFacts,
): ReceiptPrinter {
  const { call, callAny, exclusive } = session;

  const cutSteps = (cut: PrintOptions['cut']): Step[] => {
    if (cut === 'none') return [];
    const toEdge = feedSteps(linesToEdge);
    return cutter === false
      ? toEdge
      : [...toEdge, { code: '25', fields: { partial: cut === 'full' ? 0 : 1 } }];
  };

  /** Once something was printed, no failure can say that nothing was. */
  const print = async (steps: readonly Step[]): Promise<void> => {
    await harmless('printing', state.ready);
    for (const [index, step] of steps.entries()) {
      try {
        await callAny(step);
      } catch (error) {
        const isCutting = step.code === '25' && outcomeOf(error) === 'refused';
        if (isCutting && cutter === undefined) return;
        if (index === 0 || outcomeOf(error) === 'unknown' || !isElcertError(error)) throw error;
        throw failed(
          error instanceof RegisterError ? error.code : 'REGISTER_REFUSED',
          `part of it is on paper: ${error.message}`,
          'unknown',
          error.userMessage,
          { cause: error, details: { ...error.details, step: index } },
        );
      }
    }
  };

  return {
    capabilities: {
      columns,
      qr: true,
      barcodes: ['ean13'],
      pictureWidth: undefined,
      cutter: cutter !== false,
      drawer: true,
      status: true,
    },
    status: ({ signal } = {}) =>
      exclusive(signal, () =>
        harmless('state of the printer', async (): Promise<PrinterStatus> => {
          const { submode, flags } = await call('10', {});
          const paper = submode === 1 || submode === 2 ? 'out' : 'ok';
          const coverOpen = isCoverOpen(flags);
          return {
            online: true,
            paper,
            coverOpen,
            // Not every model has the sensor, and one without it always says closed.
            drawerOpen: (flags & drawerFlag) !== 0 ? true : undefined,
            problem:
              paper === 'out'
                ? 'Закончилась чековая лента: вставьте бумагу.'
                : coverOpen
                  ? 'Закройте крышку кассы.'
                  : undefined,
          };
        }),
      ),
    async print(rows, { cut, signal } = {}) {
      const steps = [...planPrint(rows, columns), ...cutSteps(cut)];
      await exclusive(signal, () => print(steps));
    },
    openDrawer: ({ signal } = {}) => exclusive(signal, async () => void (await call('28', { drawer: 0 }))),
  };
}
