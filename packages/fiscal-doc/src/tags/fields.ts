import type { tagRows } from './table.js';

type Row = (typeof tagRows)[number];

/** The type of a value by the format of its row. */
export type FieldScalar<Format extends string> = Format extends
  | `string ${string}`
  | 'inn'
  | 'unixtime'
  | 'date'
  ? string
  : Format extends `fvln ${string}`
    ? string
    : Format extends `vln ${string}`
      ? number | bigint
      : Format extends 'bool'
        ? boolean
        : Format extends `bytes ${string}`
          ? Uint8Array
          : Format extends `stlv ${string}`
            ? TagFields
            : number;

type Flags<R extends Row> = R extends readonly [
  number,
  string,
  string,
  string,
  string,
  string,
  string,
  infer F extends string,
]
  ? F
  : '';

type FieldOf<R extends Row> =
  Flags<R> extends `${string}repeated${string}`
    ? readonly FieldScalar<R[2]>[] | FieldScalar<R[2]>
    : FieldScalar<R[2]>;

/** The JSON name of a requisite. */
export type TagName = Exclude<Row[1], ''>;

/**
 * Requisites by their JSON names – or by number, for those that have none. Repeated requisites are arrays, an STLV is
 * again such an object. Texts are plain, sums are kopecks, quantities exact decimal text, times ISO local text.
 *
 * @example
 * ```ts
 * const fields: TagFields = { fiscalDriveNumber: '9999078900001234', shiftNumber: 1, items: [{ name: 'Трость', quantity: '1' }] };
 * ```
 */
export type TagFields = {
  readonly [R in Row as R[1] extends '' ? never : R[1]]?: FieldOf<R> | undefined;
} & {
  readonly [tag: number]: unknown;
};
