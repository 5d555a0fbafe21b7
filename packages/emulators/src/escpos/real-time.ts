import { realTimeRequestLengths } from '@elcert/device-drivers/escpos';

/** A command that is carried out on arrival: `DLE EOT`, `DLE ENQ` or `DLE DC4` by its second byte. */
export interface RealTimeCommand {
  readonly code: number;
  readonly parameters: readonly number[];
}

/**
 * Finds real-time commands in a host's bytes wherever they stand, also inside pictures and codes, as printers do.
 */
export function realTimeScanner(): { push(chunk: Uint8Array): RealTimeCommand[] } {
  let begun: number[] = [];
  const wanted = (): number => {
    if (begun.length < 2) return 2;
    if (begun[1] !== 0x14) return begun.length < 3 || (begun[2] as number) < 7 ? 3 : 4;
    return begun.length < 3 ? 3 : 3 + (realTimeRequestLengths[begun[2] as number] ?? 0);
  };
  return {
    push(chunk) {
      const found: RealTimeCommand[] = [];
      for (const byte of chunk) {
        if (begun.length === 0) {
          if (byte === 0x10) begun = [byte];
          continue;
        }
        begun.push(byte);
        if (begun.length === 2 && byte !== 0x04 && byte !== 0x05 && byte !== 0x14) {
          begun = byte === 0x10 ? [byte] : [];
          continue;
        }
        if (begun.length < wanted()) continue;
        found.push({ code: begun[1] as number, parameters: begun.slice(2) });
        begun = [];
      }
      return found;
    },
  };
}
