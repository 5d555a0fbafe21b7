import type { RegistrationMode } from '@elcert/fiscal-doc';
import { FnRefusal } from './errors.js';
import { type FnTlv, tlvText, tlvUint8, tlvUint16, tlvUint32 } from './tlv.js';
import type { FnRegistration } from './types.js';

/** Bits of tag 1290 that stand for ways of working (FFD 1.2 has no requisites of their own for them). */
const conditionOfMode: Partial<Readonly<Record<RegistrationMode, number>>> = {
  automatic: 0x02,
  strictForms: 0x04,
  internet: 0x20,
  services: 0x200,
};

/** Tag 1290 with the bits of the modes. */
export function conditionsOf(registration: FnRegistration): number {
  return (
    (registration.modes ?? []).reduce(
      (bits, mode) => bits | (conditionOfMode[mode] ?? 0),
      registration.usageConditions,
    ) >>> 0
  );
}

/** Tags that stand in every report: 1037, 1018 and 1209. */
export function headerTags(registration: FnRegistration): FnTlv[] {
  return [
    tlvText(1037, registration.kktRegistrationNumber, 20),
    tlvText(1018, registration.inn, 12),
    tlvUint8(1209, 4),
  ];
}

/**
 * The requisites of form 1 or 11.
 *
 * @param keyDays - days of key life that are left (tag 1213)
 * @param reasons - bits of tag 1205; nothing for form 1
 * @throws FnRefusal 3Ch when an automat has no number, or an online register no operator
 */
export function registrationTags(
  registration: FnRegistration,
  keyDays: number,
  reasons: number | undefined,
): FnTlv[] {
  const modes = registration.modes ?? [];
  const offline = modes.includes('offline');
  const automatic = modes.includes('automatic');
  const { automatNumber = '', ofd } = registration;
  if (automatic && automatNumber === '')
    throw new FnRefusal(0x3c, 'an automat has a number (tag 1036)', { tag: 1036 });
  if (!offline && (ofd.inn === '' || ofd.name === ''))
    throw new FnRefusal(0x3c, 'a register that sends documents names its operator', { tag: 1017 });
  return [
    ...headerTags(registration),
    tlvText(1013, registration.kktSerialNumber),
    tlvText(1048, registration.userName),
    tlvText(1009, registration.address),
    tlvText(1187, registration.place),
    ...(offline ? [] : [tlvText(1017, ofd.inn, 12), tlvText(1046, ofd.name)]),
    tlvText(1021, registration.cashier),
    tlvText(1060, 'www.nalog.gov.ru'),
    // Without an operator nobody sends electronic receipts.
    ...(offline && registration.senderEmail === '' ? [] : [tlvText(1117, registration.senderEmail)]),
    tlvUint8(1062, registration.taxation),
    tlvUint8(1001, automatic ? 1 : 0),
    tlvUint8(1002, offline ? 1 : 0),
    tlvUint8(1056, modes.includes('encryption') ? 1 : 0),
    ...(automatic ? [tlvText(1036, automatNumber)] : []),
    tlvText(1188, registration.kktVersion),
    tlvUint8(1189, 4),
    tlvUint8(1190, 4),
    tlvUint32(1290, conditionsOf(registration)),
    tlvUint16(1213, keyDays),
    ...(reasons === undefined ? [] : [tlvUint32(1205, reasons)]),
  ];
}
