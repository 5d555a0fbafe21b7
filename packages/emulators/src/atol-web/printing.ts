import { type AtolObject, isAtolObject } from '@elcert/device-drivers/atol';
import type { FnDocument } from '../fn/index.js';
import { columns, type DeviceContext, type Handlers } from './context.js';

const barcodeForms: Readonly<Record<string, RegExp>> = {
  EAN8: /^\d{7,8}$/,
  EAN13: /^\d{12,13}$/,
  UPCA: /^\d{11,12}$/,
  UPCE: /^\d{6,8}$/,
  CODE39: /^[0-9A-Z \-.$/+%]+$/,
  CODE39_EXTENDED: /^\p{ASCII}+$/u,
  CODE93: /^[0-9A-Z \-.$/+%]+$/,
  CODE128: /^\p{ASCII}+$/u,
  CODABAR: /^[0-9A-D\-$:/.+]+$/,
  ITF: /^(\d\d)+$/,
  ITF14: /^\d{13,14}$/,
  GS1_128: /^\p{ASCII}+$/u,
  PDF417: /^.{1,1000}$/su,
  QR: /^.{1,2331}$/su,
};

function centred(text: string, alignment: unknown): string {
  const gap = Math.max(0, columns - text.length);
  if (alignment === 'center') return ' '.repeat(Math.floor(gap / 2)) + text;
  return alignment === 'right' ? ' '.repeat(gap) + text : text;
}

/**
 * What stands on the paper for `items`, `preItems`, `postItems`. Positions are not among them.
 *
 * @throws AtolRefusal 51, 156, 157, 266 or 501 for what cannot be printed
 */
export function printedItems(context: DeviceContext, items: unknown, path: string): string[] {
  const { refuse, state } = context;
  if (!Array.isArray(items)) return [];
  return items.flatMap((item, index): string[] => {
    const at = `${path}[${index}]`;
    if (!isAtolObject(item)) return refuse(501, at);
    switch (item.type) {
      case 'position':
        return [];
      case 'text':
        if (typeof item.text !== 'string') return refuse(501, `${at}/text`);
        return [centred(item.text, item.alignment)];
      case 'barcode': {
        const type = String(item.barcodeType);
        const form = Object.hasOwn(barcodeForms, type) ? barcodeForms[type] : undefined;
        if (form === undefined) return refuse(266, `${at}/barcodeType`);
        const text = String(item.barcode ?? '');
        if (!form.test(text)) return refuse(157, `${at}/barcode`);
        return [centred(`[${type} ${text}]`, item.alignment)];
      }
      case 'pictureFromMemory': {
        const picture = state.pictures[Number(item.pictureNumber) - 1];
        return picture === undefined ? refuse(51, at) : [centred(`[${picture}]`, item.alignment)];
      }
      case 'pixels': {
        const width = Number(item.width);
        const dots = Buffer.from(String(item.pixels ?? ''), 'base64').length;
        if (!Number.isInteger(width) || width <= 0 || dots === 0 || dots % width !== 0)
          return refuse(157, at);
        if (width > columns * 12) return refuse(156, at);
        return [centred(`[${width} x ${dots / width}]`, item.alignment)];
      }
      case 'userAttribute':
      case 'additionalAttribute':
        return item.print === false ? [] : [String(item.value ?? '')];
      default:
        return refuse(501, `${at}/type`);
    }
  });
}

/** Paper outside receipts. */
export function printingTasks(context: DeviceContext): Handlers {
  const { state, paper, refuse, needPaper } = context;

  const copy = (document: FnDocument) => {
    needPaper();
    paper.print([`КОПИЯ ФД ${document.fiscalDocumentNumber}`, `ФН ${state.fn.fiscalDriveNumber}`]);
  };
  const number = (value: unknown, path: string): number =>
    typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : refuse(13, path);

  return {
    nonFiscal(task) {
      needPaper();
      const lines = printedItems(context, task.items, 'items');
      if (lines.length === 0) refuse(501, 'items');
      paper.print([...lines, ...(task.printFooter === true ? ['- - - - -'] : [])]);
      return {};
    },
    continuePrint() {
      if (paper.submode === 1 || paper.submode === 2) refuse(paper.coverOpen ? 45 : 44);
      paper.resume();
      return {};
    },
    printLastReceiptCopy() {
      const last = state.fn.documents().findLast(({ receiptNumber }) => receiptNumber !== undefined);
      if (last === undefined) return refuse(232);
      copy(last);
      return {};
    },
    printFnDocument(task) {
      const document = state.fn.document(number(task.fiscalDocumentNumber, 'fiscalDocumentNumber'));
      if (document === undefined) return refuse(123);
      copy(document);
      return {};
    },
    printDocumentsFromJournal(task) {
      const { filter } = task;
      if (filter !== 'shiftNumber' && filter !== 'fiscalDocumentNumber') return refuse(13, 'filter');
      const from = number(task.from, 'from');
      const to = number(task.to, 'to');
      const found = state.fn.documents().filter((document) => {
        const value = document[filter];
        return value !== undefined && value >= from && value <= to;
      });
      if (found.length === 0) return refuse(232);
      for (const document of found) copy(document);
      return {};
    },
    reportFnRegistrations() {
      needPaper();
      paper.print([
        'ОТЧЁТ О РЕГИСТРАЦИЯХ',
        ...state.fn
          .documents()
          .filter(({ documentCode }) => documentCode === 1 || documentCode === 11)
          .map(({ fiscalDocumentNumber, dateTime }) => `ФД ${fiscalDocumentNumber} ${dateTime}`),
      ]);
      return {};
    },
    uploadPictureCliche(task) {
      const name = String(task.fileName ?? '');
      if (!/^.+\.(bmp|png|jpg|jpeg)$/i.test(name)) return refuse(51, 'fileName');
      const scale = task.scalePercent ?? 100;
      if (typeof scale !== 'number' || !Number.isInteger(scale) || scale < 1)
        return refuse(13, 'scalePercent');
      // The file lies on the disk of the real server; here its name stands for it.
      state.pictures.push(name);
      return {};
    },
  };
}

/** Names of the task's other items have to be printable, too. */
export function checkReportItems(context: DeviceContext, task: AtolObject): void {
  printedItems(context, task.preItems, 'preItems');
  printedItems(context, task.postItems, 'postItems');
}
