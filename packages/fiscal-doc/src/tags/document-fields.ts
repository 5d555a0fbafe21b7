import type { DocumentCode } from '../document.js';
import type { compositionRows } from './composition-table.js';
import type { FfdVersion } from './definition.js';
import type { FieldScalar, TagFields } from './fields.js';
import type { tagRows } from './table.js';

// Types of whole documents, read by the compiler from the two tables that the codec and the rules read: nothing of this file
// is left at run time.

type TableRow = (typeof tagRows)[number];
type CompositionRow = (typeof compositionRows)[number];

/** Tail-recursive, or the longest rows would be too deep for the compiler. */
type Words<Text extends string, Before = never> = Text extends `${infer Word} ${infer Rest}`
  ? Words<Rest, Before | Word>
  : Before | Text;

/** Words of each place, by `version/form:parent`. */
type Places = {
  [Row in CompositionRow as `${Words<Row[0]>}:${Row[1]}`]: Words<Row[3]>;
};

type PlaceWords<
  Version extends FfdVersion,
  Code extends DocumentCode,
  Parent extends number,
> = `${Version}/${Code}:${Parent}` extends infer Place extends keyof Places ? Places[Place] : never;

type LegacyRow = Extract<
  TableRow,
  readonly [number, string, string, string, string, string, string, `${string}legacy${string}`]
>;
type LegacyRows = { [Row in LegacyRow as Row[0]]: Row };
type CurrentRows = { [Row in Exclude<TableRow, LegacyRow> as Row[0]]: Row };

type Unmarked<Word extends string> = Word extends `${'!' | '?' | '-'}${infer Rest}` ? Rest : Word;
type Single<Word extends string> = Word extends `${infer Rest}*` ? Rest : Word;
type TagOf<Word extends string> = Single<Unmarked<Word>> extends `${infer Tag extends number}` ? Tag : never;

/** The row of a word: of a reused number the old meaning in 1.0 only. */
type RowOf<Version extends FfdVersion, Word extends string> =
  | (Version extends '1.0' ? LegacyRows[TagOf<Word> & keyof LegacyRows] : never)
  | CurrentRows[(Version extends '1.0' ? Exclude<TagOf<Word>, keyof LegacyRows> : TagOf<Word>) &
      keyof CurrentRows];

type KeyOf<Row extends TableRow> = Row[1] extends '' ? Row[0] : Row[1];

/** What tag 1209 says in a document of a version. */
type VersionValue = { '1.0': 0 | 1; '1.05': 2; '1.1': 3; '1.2': 4 };

type ValueOf<
  Version extends FfdVersion,
  Code extends DocumentCode,
  Row extends TableRow,
> = Row[0] extends 1209
  ? VersionValue[Version]
  : Row[2] extends `stlv ${string}`
    ? [PlaceWords<Version, Code, Row[0]>] extends [never]
      ? TagFields
      : PlaceFields<Version, Code, Row[0]>
    : FieldScalar<Row[2]>;

type MemberOf<Version extends FfdVersion, Code extends DocumentCode, Word extends string> =
  | ValueOf<Version, Code, RowOf<Version, Word>>
  | (Word extends `${string}*` ? readonly ValueOf<Version, Code, RowOf<Version, Word>>[] : never);

type Mandatory<Word extends string> = Word extends `!${string}` ? Word : never;
type Voluntary<Word extends string> = Word extends `${'!' | '-'}${string}` ? never : Word;

type Flat<Fields> = { readonly [Name in keyof Fields]: Fields[Name] };

/** The requisites of one STLV of a document (its tag is `Parent`), or of the document itself (0). */
export type PlaceFields<Version extends FfdVersion, Code extends DocumentCode, Parent extends number> = Flat<
  {
    [Word in Mandatory<PlaceWords<Version, Code, Parent>> as KeyOf<RowOf<Version, Word>>]: MemberOf<
      Version,
      Code,
      Word
    >;
  } & {
    [Word in Voluntary<PlaceWords<Version, Code, Parent>> as KeyOf<RowOf<Version, Word>>]?:
      | MemberOf<Version, Code, Word>
      | undefined;
  }
>;

/**
 * Everything that the electronic form of a document holds in a version of the format, by JSON name: mandatory requisites are
 * required members, what stands on paper only is no member at all. Derived from the dictionary and the composition table, so it says
 * what `validateDocument` checks.
 *
 * @example
 * ```ts
 * const opened: DocumentFields<'1.2', 2> = {
 *   userInn: '7700000009', fiscalDriveNumber: '9999078900001234', kktRegId: '0000000001036066',
 *   dateTime: '2026-11-22T08:00', shiftNumber: 3, fiscalDocumentNumber: 11, fiscalSign: fiscalSignBytes('3153580303'),
 *   kktVersion: '001', documentKktVersion: 4, fiscalDocumentFormatVer: 4,
 * };
 * const bytes = encodeDocument(fiscalDocument(2, opened));
 * ```
 */
export type DocumentFields<Version extends FfdVersion, Code extends DocumentCode> = PlaceFields<
  Version,
  Code,
  0
>;

/** Registration report, FFD 1.05. */
export type Registration105 = DocumentFields<'1.05', 1>;
/** Registration report, FFD 1.1. */
export type Registration11 = DocumentFields<'1.1', 1>;
/** Registration report, FFD 1.2. */
export type Registration12 = DocumentFields<'1.2', 1>;
/** Report of changed registration, FFD 1.05. */
export type RegistrationChange105 = DocumentFields<'1.05', 11>;
/** Report of changed registration, FFD 1.1. */
export type RegistrationChange11 = DocumentFields<'1.1', 11>;
/** Report of changed registration, FFD 1.2. */
export type RegistrationChange12 = DocumentFields<'1.2', 11>;
/** Shift opening, FFD 1.05. */
export type OpenShift105 = DocumentFields<'1.05', 2>;
/** Shift opening, FFD 1.1. */
export type OpenShift11 = DocumentFields<'1.1', 2>;
/** Shift opening, FFD 1.2. */
export type OpenShift12 = DocumentFields<'1.2', 2>;
/** Report of the state of settlements, FFD 1.05. */
export type CurrentState105 = DocumentFields<'1.05', 21>;
/** Report of the state of settlements, FFD 1.1. */
export type CurrentState11 = DocumentFields<'1.1', 21>;
/** Report of the state of settlements, FFD 1.2. */
export type CurrentState12 = DocumentFields<'1.2', 21>;
/** Receipt, FFD 1.05. */
export type Receipt105 = DocumentFields<'1.05', 3>;
/** Receipt, FFD 1.1. */
export type Receipt11 = DocumentFields<'1.1', 3>;
/** Receipt, FFD 1.2. */
export type Receipt12 = DocumentFields<'1.2', 3>;
/** Correction receipt, FFD 1.05. */
export type ReceiptCorrection105 = DocumentFields<'1.05', 31>;
/** Correction receipt, FFD 1.1. */
export type ReceiptCorrection11 = DocumentFields<'1.1', 31>;
/** Correction receipt, FFD 1.2. */
export type ReceiptCorrection12 = DocumentFields<'1.2', 31>;
/** Strict reporting form (БСО), FFD 1.05. */
export type Bso105 = DocumentFields<'1.05', 4>;
/** Strict reporting form (БСО), FFD 1.1. */
export type Bso11 = DocumentFields<'1.1', 4>;
/** Strict reporting form (БСО), FFD 1.2. */
export type Bso12 = DocumentFields<'1.2', 4>;
/** Correction of a strict reporting form, FFD 1.05. */
export type BsoCorrection105 = DocumentFields<'1.05', 41>;
/** Correction of a strict reporting form, FFD 1.1. */
export type BsoCorrection11 = DocumentFields<'1.1', 41>;
/** Correction of a strict reporting form, FFD 1.2. */
export type BsoCorrection12 = DocumentFields<'1.2', 41>;
/** Shift closing, FFD 1.05. */
export type CloseShift105 = DocumentFields<'1.05', 5>;
/** Shift closing, FFD 1.1. */
export type CloseShift11 = DocumentFields<'1.1', 5>;
/** Shift closing, FFD 1.2. */
export type CloseShift12 = DocumentFields<'1.2', 5>;
/** End of the fiscal drive, FFD 1.05. */
export type CloseArchive105 = DocumentFields<'1.05', 6>;
/** End of the fiscal drive, FFD 1.1. */
export type CloseArchive11 = DocumentFields<'1.1', 6>;
/** End of the fiscal drive, FFD 1.2. */
export type CloseArchive12 = DocumentFields<'1.2', 6>;
/** Operator's confirmation, FFD 1.05. */
export type OperatorAck105 = DocumentFields<'1.05', 7>;
/** Operator's confirmation, FFD 1.1. */
export type OperatorAck11 = DocumentFields<'1.1', 7>;
/** Operator's confirmation, FFD 1.2. */
export type OperatorAck12 = DocumentFields<'1.2', 7>;
/** Request about a marking code, FFD 1.2. */
export type MarkingCodeRequest12 = DocumentFields<'1.2', 81>;
/** Notice of a sale of marked goods, FFD 1.2. */
export type MarkedSaleNotice12 = DocumentFields<'1.2', 82>;
/** Answer to a request about a marking code, FFD 1.2. */
export type MarkingCodeAnswer12 = DocumentFields<'1.2', 83>;
/** Receipt for a notice, FFD 1.2. */
export type MarkedSaleNoticeReceipt12 = DocumentFields<'1.2', 84>;
/** Line of a receipt (tag 1059), FFD 1.05. */
export type ReceiptItem105 = PlaceFields<'1.05', 3, 1059>;
/** Line of a receipt (tag 1059), FFD 1.1. */
export type ReceiptItem11 = PlaceFields<'1.1', 3, 1059>;
/** Line of a receipt (tag 1059), FFD 1.2. */
export type ReceiptItem12 = PlaceFields<'1.2', 3, 1059>;
