import { ElcertError } from '@elcert/core';

/**
 * How a field lies on the wire. Numbers are little-endian.
 *
 * | type | bytes | value |
 * |---|---|---|
 * | `u8` … `u64` | 1 … 8 | number |
 * | `i16` | 2 | number with a sign |
 * | `operatorPassword`, `adminPassword` | 4 | number; which of the two passwords of a driver belongs here |
 * | `sum` | 5 | kopecks |
 * | `sumOrAuto` | 5 | kopecks, or `'auto'` (FF FF FF FF FF: the register computes) |
 * | `sum6`, `sum8` | 6, 8 | kopecks of a register |
 * | `quantity5`, `quantity6` | 5, 6 | decimal text, three or six digits after the point |
 * | `date` | 3 | day, month, year as `2026-11-22` |
 * | `time` | 3 | hours, minutes, seconds as `14:05:33` |
 * | `fnDate` | 3 | year, month, day as `2026-11-22` |
 * | `fnDateTime` | 5 | year, month, day, hours, minutes as `2026-11-22T14:05`, all zeros as the empty text |
 * | `text:N`, `text` | N or the rest | Windows-1251, zeros after it |
 * | `ascii:N` | N | ASCII, spaces and zeros after it cut |
 * | `bytes:N`, `bytes:@field`, `bytes` | N, as many as that field says, or the rest | bytes |
 *
 * A `?` at the end: newer firmware has it, older answers stop before it.
 */
export type FieldType = BaseFieldType | `${BaseFieldType}?`;

type BaseFieldType =
  | 'u8'
  | 'u16'
  | 'u24'
  | 'u32'
  | 'u40'
  | 'u48'
  | 'u56'
  | 'u64'
  | 'i16'
  | 'operatorPassword'
  | 'adminPassword'
  | 'sum'
  | 'sumOrAuto'
  | 'sum6'
  | 'sum8'
  | 'quantity5'
  | 'quantity6'
  | 'date'
  | 'time'
  | 'fnDate'
  | 'fnDateTime'
  | 'text'
  | `text:${number}`
  | `ascii:${number}`
  | 'bytes'
  | `bytes:${number}`
  | `bytes:@${string}`;

/** Fields in the order of the wire. */
export type Layout = Readonly<Record<string, FieldType>>;

type BaseOf<T extends string> = T extends `${infer Base}?` ? Base : T;

type ValueOf<T extends string> = T extends 'bytes' | `bytes:${string}`
  ? Uint8Array
  : T extends 'sumOrAuto'
    ? number | 'auto'
    : T extends
          | 'text'
          | `text:${string}`
          | `ascii:${string}`
          | 'quantity5'
          | 'quantity6'
          | 'date'
          | 'time'
          | 'fnDate'
          | 'fnDateTime'
      ? string
      : number;

type OptionalKeys<L> = { [K in keyof L]: L[K] extends `${string}?` ? K : never }[keyof L];

/** The value of a layout: one member a field. */
export type FieldsOf<L extends Layout> = {
  readonly [K in Exclude<keyof L, OptionalKeys<L>>]: ValueOf<BaseOf<L[K]>>;
} & { readonly [K in OptionalKeys<L>]?: ValueOf<BaseOf<L[K]>> | undefined };

/** A field of any kind. */
export type FieldValue = number | string | Uint8Array | undefined;

/** What the codec throws. */
export type ShtrihCodecErrorCode =
  | 'UNKNOWN_COMMAND'
  | 'BAD_FIELD'
  | 'SHORT_INPUT'
  | 'TRAILING_BYTES'
  | 'OUTPUT_TOO_LONG'
  | 'NUMBER_OUT_OF_RANGE';

/** An error of the codec, with the path of the field (`FF46/quantity`) and its position in the body. */
export function codecError(
  code: ShtrihCodecErrorCode,
  message: string,
  path: string,
  position?: number,
): ElcertError<ShtrihCodecErrorCode> {
  return new ElcertError({ code, message, path, position });
}
