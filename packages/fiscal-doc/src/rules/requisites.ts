import { encodeCp866 } from '@elcert/core';
import type { FiscalDocument } from '../document.js';
import { checkInn, checkKktRegistrationNumber } from '../requisites.js';
import { textOf } from '../tag-list.js';
import type { FfdVersion, TagDefinition } from '../tags/definition.js';
import { definitionsOf, type TagLookup } from '../tags/dictionary.js';
import type { TagEntry, TagList } from '../tags.js';
import { annex } from './clause.js';
import { entryPath, tagCounter } from './composition.js';
import type { Report } from './issue.js';

// Forms of single values: numbers of taxpayers and registers, addresses, dates, characters.

const noRussianInn = '000000000000';
const datePattern = /^(\d{2})\.(\d{2})\.(\d{4})$/;

function isDate(text: string): boolean {
  const match = datePattern.exec(text);
  if (match === null) return false;
  const [day, month, year] = match.slice(1).map(Number) as [number, number, number];
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function checkText(
  entry: TagEntry,
  definition: TagDefinition,
  text: string,
  pathOf: () => string,
  walkOf: Walk,
): void {
  const { report, clause } = walkOf;
  const { tag } = entry;
  // Real texts are short; a scan for a character that may be outside CP866 is cheaper than encoding each of them.
  if (/[^ -~\u0401\u0410-\u044f\u0451№]/.test(text)) {
    const { replaced } = encodeCp866(text);
    if (replaced.length > 0) {
      const characters = [...new Set(replaced.map((one) => one.character))].join(' ');
      report({
        code: 'character',
        path: pathOf(),
        tag,
        severity: 'warning',
        message: `CP866 lacks ${characters}`,
        message_ru: `Символы ${characters} будут заменены`,
        clause,
      });
    }
  }
  if (definition.inn) {
    const digits = text.trim();
    if ((tag === 1226 || tag === 1228) && digits === noRussianInn) return;
    const found = tag === 1203 && digits.length === 10 ? 'form' : checkInn(digits);
    if (found === 'ok') return;
    report({
      code: 'inn',
      path: pathOf(),
      tag,
      severity: found === 'form' ? 'error' : 'warning',
      message: found === 'form' ? 'no taxpayer number' : 'wrong check digits of a taxpayer number',
      message_ru: found === 'form' ? 'Это не ИНН' : 'Неверные контрольные цифры ИНН',
      clause,
    });
    return;
  }
  const wrong = wrongForm(tag, text);
  if (wrong === undefined) return;
  report({
    code: wrong.code,
    path: pathOf(),
    tag,
    severity: wrong.severity,
    message: wrong.message,
    message_ru: wrong.message_ru,
    clause,
  });
}

interface Wrong {
  readonly code: 'value' | 'registration-number' | 'date';
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly message_ru: string;
}

function wrongForm(tag: number, text: string): Wrong | undefined {
  switch (tag) {
    case 1037:
      return /^\d{16}$/.test(text)
        ? undefined
        : {
            code: 'registration-number',
            severity: 'error',
            message: 'a registration number has 16 digits',
            message_ru: 'Регистрационный номер ККТ состоит из 16 цифр',
          };
    case 1041:
      return /^\d{16}$/.test(text)
        ? undefined
        : {
            code: 'value',
            severity: 'warning',
            message: 'the number of a drive has 16 digits',
            message_ru: 'Номер ФН состоит из 16 цифр',
          };
    case 1008:
      return text === '' ||
        text === 'none' ||
        /^\+?\d[\d ()-]{8,18}$/.test(text) ||
        /^[^\s@]+@[^\s@]+$/.test(text)
        ? undefined
        : {
            code: 'value',
            severity: 'warning',
            message: 'neither a phone nor an e-mail address',
            message_ru: 'Ни телефон, ни адрес электронной почты',
          };
    case 1060:
      return /^(www\.)?nalog\.(gov\.)?ru$/.test(text)
        ? undefined
        : {
            code: 'value',
            severity: 'warning',
            message: 'the site of the tax service is www.nalog.gov.ru',
            message_ru: 'Адрес сайта ФНС - www.nalog.gov.ru',
          };
    case 1243:
    case 1263:
      return isDate(text)
        ? undefined
        : {
            code: 'date',
            severity: 'error',
            message: 'a date is written DD.MM.YYYY',
            message_ru: 'Дата записывается ДД.ММ.ГГГГ',
          };
    default:
      return undefined;
  }
}

interface Walk {
  readonly report: Report;
  readonly definitions: TagLookup;
  /** The annex that forms of values rest on. */
  readonly clause: string;
}

function walk(list: TagList, path: string, walkOf: Walk): void {
  const countOf = tagCounter();
  for (const entry of list) {
    const definition = walkOf.definitions.get(entry.tag);
    if (definition === undefined) continue;
    const nth = countOf(entry.tag, definition);
    const pathOf = () => entryPath(path, entry.tag, definition, nth);
    if (Array.isArray(entry.value)) walk(entry.value, pathOf(), walkOf);
    else if (typeof entry.value === 'string' && definition.kind === 'string')
      checkText(entry, definition, entry.value, pathOf, walkOf);
  }
}

/** Forms of all values of a document, and the registration number against its owner where both are in it. */
export function checkRequisites(document: FiscalDocument, version: FfdVersion, report: Report): void {
  const clause = annex(version);
  walk(document.tags, document.name, { report, definitions: definitionsOf(version === '1.0'), clause });
  const number = textOf(document.tags, 1037);
  const inn = textOf(document.tags, 1018);
  const serial = textOf(document.tags, 1013);
  if (number === undefined || inn === undefined || serial === undefined) return;
  if (!/^\d{10}(\d{2})?$/.test(inn) || !/^[\x21-\x7e]{1,20}$/.test(serial)) return;
  if (checkKktRegistrationNumber(number, { inn, kktSerialNumber: serial }) !== 'digits') return;
  report({
    code: 'registration-number',
    path: `${document.name}/1037`,
    tag: 1037,
    severity: 'warning',
    message: 'check digits do not fit the owner and the register; test drives hold arbitrary numbers',
    message_ru: 'Контрольные цифры РНМ не соответствуют ИНН и заводскому номеру',
    clause,
  });
}
