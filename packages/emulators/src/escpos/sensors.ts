// What a printer feels, and the bytes that say it.

/** State of the emulated mechanism. */
export interface Sensors {
  readonly paper: 'ok' | 'near-end' | 'out';
  readonly coverOpen: boolean;
  readonly cutterJammed: boolean;
  readonly drawerOpen: boolean;
}

const offline = ({ paper, coverOpen, cutterJammed }: Sensors) => paper === 'out' || coverOpen || cutterJammed;

/** With an open cover the sensor sees no paper either. */
const noPaper = ({ paper, coverOpen }: Sensors) => paper === 'out' || coverOpen;

const bits = (...flags: readonly (readonly [boolean, number])[]) =>
  flags.reduce((sum, [set, mask]) => (set ? sum | mask : sum), 0);

/** The answer to `DLE EOT n`; nothing to a question that it does not know. */
export function realTimeByte(sensors: Sensors, n: number): number | undefined {
  switch (n) {
    case 1:
      return 0x12 | bits([sensors.drawerOpen, 0x04], [offline(sensors), 0x08]);
    case 2:
      return (
        0x12 | bits([sensors.coverOpen, 0x04], [sensors.paper === 'out', 0x20], [sensors.cutterJammed, 0x40])
      );
    case 3:
      return 0x12 | bits([sensors.cutterJammed, 0x08]);
    case 4:
      return 0x12 | bits([sensors.paper !== 'ok', 0x0c], [noPaper(sensors), 0x60]);
    default:
      return undefined;
  }
}

/** The answer to `GS r`. */
export function inOrderByte(sensors: Sensors, n: 1 | 2): number {
  if (n === 2) return bits([sensors.drawerOpen, 0x01]);
  return bits([sensors.paper !== 'ok', 0x03], [noPaper(sensors), 0x0c]);
}

/** The four bytes of `GS a`. */
export function asbBytes(sensors: Sensors): Uint8Array {
  return Uint8Array.of(
    0x10 | bits([sensors.drawerOpen, 0x04], [offline(sensors), 0x08], [sensors.coverOpen, 0x20]),
    bits([sensors.cutterJammed, 0x08]),
    bits([sensors.paper !== 'ok', 0x03], [noPaper(sensors), 0x0c]),
    0x0f,
  );
}
