function table(polynomial: number): Uint16Array {
  const out = new Uint16Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ polynomial : crc << 1;
    out[byte] = crc & 0xffff;
  }
  return out;
}

function crc16(bytes: Uint8Array, lookup: Uint16Array, initial: number): number {
  let crc = initial;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ (lookup[(crc >> 8) ^ byte] as number);
  return crc;
}

let ccitt: Uint16Array | undefined;
let buypass: Uint16Array | undefined;

/**
 * CRC-16/CCITT-FALSE (polynomial 1021h, initial FFFFh, not reflected): KKT–OFD sessions and containers, Shtrih-M
 * protocol 2, FN frames, the register's registration number, VTK.
 *
 * @param initial - to go on from an earlier part
 */
export function crc16CcittFalse(bytes: Uint8Array, initial = 0xffff): number {
  ccitt ??= table(0x1021);
  return crc16(bytes, ccitt, initial);
}

/** CRC-16/BUYPASS (polynomial 8005h, initial 0, not reflected): INPAS SA frames. */
export function crc16Buypass(bytes: Uint8Array, initial = 0): number {
  buypass ??= table(0x8005);
  return crc16(bytes, buypass, initial);
}

/** Longitudinal redundancy check: XOR of all bytes. */
export function lrc(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value ^= byte;
  return value;
}
