import { isTestTruCode, missingTruParts, type TruCode, type TruPart } from './tru-code.js';

/** Why no KTSR class is read from a code. */
export type KtsrDoubt =
  /** The code for connection tests stands for no goods. */
  | 'test-code'
  /** The third digit is a sub-number of the federal list (23.1 is not group 1 of section 23). */
  | 'sub-number'
  /** The group is written twice, and differently. */
  | 'groups-differ'
  /** Footwear (section 09): the first digit of the group probably tells adults' and children's apart. */
  | 'footwear';

/** What the digits of a code seem to mean. */
export interface TruExplanation {
  /** The first nine digits as a group of OKPD2, `32.99.21.120`. *Inferred*: it holds for every published code. */
  readonly okpd2: string;
  /**
   * Class of the catalogue of technical means of rehabilitation, `06-01-02`, read from the next nine digits. *Inferred*
   * from published pairs, never printed in a document: show it, don't decide by it. Absent when {@link doubt} is there.
   */
  readonly ktsrClass?: string;
  /** Why there is no class. */
  readonly doubt?: KtsrDoubt;
  /** The documented code for connection tests. */
  readonly test: boolean;
  /** Parts that are all zeros. */
  readonly missing: readonly TruPart[];
}

/**
 * Reads a code digit by digit.
 *
 * @example
 * ```ts
 * explainTruCode(parseTruCode('329921120.060010102.0008.0001.643'));
 * // { okpd2: '32.99.21.120', ktsrClass: '06-01-02', test: false, missing: [] }
 * ```
 */
export function explainTruCode(code: TruCode): TruExplanation {
  const at = (from: number, to: number) => code.base.slice(from, to);
  const [section, subNumber, first, group, item] = [
    at(10, 12),
    at(12, 13),
    at(13, 15),
    at(15, 17),
    at(17, 19),
  ];
  const test = isTestTruCode(code);
  const doubt: KtsrDoubt | undefined = test
    ? 'test-code'
    : subNumber !== '0'
      ? 'sub-number'
      : first !== '00' && first !== group
        ? 'groups-differ'
        : section === '09' && group > '09'
          ? 'footwear'
          : undefined;
  return {
    okpd2: [at(0, 2), at(2, 4), at(4, 6), at(6, 9)].join('.'),
    ...(doubt === undefined ? { ktsrClass: `${section}-${group}-${item}` } : { doubt }),
    test,
    missing: missingTruParts(code),
  };
}
