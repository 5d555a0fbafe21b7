import { createHash } from 'node:crypto';
import { concatBytes, crc16CcittFalse } from '@elcert/core';

// No key of a drive or an operator exists outside it, so an emulator has no real signs. Its placeholders depend on seed
// and content alone – the same run gives the same signs, another content another sign – and carry a mark that nobody can
// mistake: ECh in front of a fiscal sign, the letters EMU in the 8-byte signs, EMULATED in tag 1078.

/** First byte of every placeholder fiscal sign: as decimal text they lie between 3959422976 and 3976200191. */
export const placeholderFiscalSignMark = 0xec;
/** Bytes 2–4 of a placeholder message sign (ФПС) and of the operator's placeholder (ФПП): ASCII `EMU`. */
export const placeholderSignMark: Uint8Array = Uint8Array.of(0x45, 0x4d, 0x55);
/** First 8 of the 16 bytes of a placeholder ФПО (tag 1078): ASCII `EMULATED`. */
export const placeholderOperatorMark: Uint8Array = new TextEncoder().encode('EMULATED');

function digest(label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256').update(label).update('\0');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** The placeholder of tag 1077's number over a document's other bytes. */
export function placeholderFiscalSign(seed: number | string, content: Uint8Array): number {
  const hash = digest(`fiscal sign ${seed}`, content);
  return (
    placeholderFiscalSignMark * 0x1000000 +
    (hash[0] as number) * 0x10000 +
    (hash[1] as number) * 0x100 +
    (hash[2] as number)
  );
}

function eightBytes(label: string, content: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0x81, 0x06), placeholderSignMark, digest(label, content).subarray(0, 3));
}

/** The placeholder message sign (ФПС) that follows a document in its container: `81 06 45 4D 55` and three bytes. */
export function placeholderMessageSign(seed: number | string, document: Uint8Array): Uint8Array {
  return eightBytes(`message sign ${seed}`, document);
}

/**
 * The placeholder ФПО (16 bytes of tag 1078) with which the emulated operator confirms a document. The emulated drive
 * knows it, so a reply to another document, or to spoiled bytes, is refused as a real drive would.
 *
 * @param document - the document TLV that is confirmed
 * @param messageSign - its 8-byte ФПС
 */
export function placeholderOperatorSign(document: Uint8Array, messageSign: Uint8Array): Uint8Array {
  return concatBytes(placeholderOperatorMark, digest('operator sign', document, messageSign).subarray(0, 8));
}

/** The placeholder ФПП: 8 bytes after a confirmation, over its document TLV. */
export function placeholderReplySign(confirmation: Uint8Array): Uint8Array {
  return eightBytes('reply sign', confirmation);
}

/** Whether a drive's number could belong to a real drive: an emulator refuses to take such a one. */
export function isMassSizeModel(fiscalDriveNumber: string): boolean {
  return /^9999078900\d{6}$/.test(fiscalDriveNumber);
}

/**
 * A registration number of a register (РНМ) whose last six digits are right.
 *
 * @param serial - its first ten digits, as the tax service counts registers
 */
export function registrationNumber(serial: number, inn: string, kktSerialNumber: string): string {
  const head = String(serial).padStart(10, '0');
  const text = `${head}${inn.padStart(12, '0')}${kktSerialNumber.padStart(20, '0')}`;
  return `${head}${String(crc16CcittFalse(new TextEncoder().encode(text))).padStart(6, '0')}`;
}
