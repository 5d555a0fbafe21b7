/** Versions of the fiscal data format ("ФФД"). 1.0 is only read. */
export type FfdVersion = '1.0' | '1.05' | '1.1' | '1.2';

/** How the bytes of a value are to be read. */
export type TagKind =
  | 'string'
  | 'uint'
  | 'bool'
  | 'mask'
  | 'vln'
  | 'fvln'
  | 'unixtime'
  | 'date'
  | 'bytes'
  | 'stlv';

/** The formats that the table uses; its header explains them. */
export type TagFormat =
  | `string ${number}`
  | `string =${number}`
  | `string =${number} pad`
  | 'inn'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'mask8'
  | 'mask32'
  | 'bool'
  | `vln ${number}`
  | `fvln ${number}`
  | 'unixtime'
  | 'date'
  | `bytes ${number}`
  | `bytes =${number}`
  | `stlv ${number}`;

/** One row of the table. */
export type TagRow = readonly [
  tag: number,
  name: string,
  format: TagFormat,
  versions: string,
  parents: string,
  documents: string,
  title: string,
  flags?: string,
];

/** One requisite of the dictionary. */
export interface TagDefinition {
  readonly tag: number;
  /** JSON name; empty for abolished tags that never had one. */
  readonly name: string;
  /** Other JSON names seen for the same requisite. */
  readonly otherNames: readonly string[];
  /** The name is ours, because none is public. */
  readonly nameIsOurs: boolean;
  /** Official name, Russian. */
  readonly title: string;
  readonly kind: TagKind;
  /** Most bytes of the value, or exactly so many when {@link TagDefinition.fixed}. */
  readonly size: number;
  readonly fixed: boolean;
  /** Short texts are filled up with spaces on the right. */
  readonly padded: boolean;
  /** A taxpayer number: left zeros of a careless device are recognised. */
  readonly inn: boolean;
  readonly versions: readonly FfdVersion[];
  /** Tags it may stand in; `'document'` is the document itself. Empty when not known. */
  readonly parents: readonly (number | 'document')[];
  /** Form codes of the documents it belongs to. Empty when not known. */
  readonly documents: readonly number[];
  readonly repeated: boolean;
  readonly abolished: boolean;
  /** The FFD 1.0 meaning of a number that got a new one in 2025. */
  readonly legacy: boolean;
}
