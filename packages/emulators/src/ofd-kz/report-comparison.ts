import type { KzFrame } from '@elcert/ofd-transport/kz';

type Message = KzFrame['message'];

/**
 * Members of a report that are no counters, or that both sides rightly see differently: a ticket that was counted while its answer was lost
 * is an offline one to the device alone.
 */
const passedOver = new Set(['dateTime', 'closeShiftTime', 'checksum', 'offlineCount']);

/** Lists in any order, without what is passed over; an empty list and none are one. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value))
    return value
      .map(comparable)
      .map((one) => JSON.stringify(one))
      .sort();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => !passedOver.has(name) && !(Array.isArray(member) && member.length === 0))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, member]) => [name, comparable(member)]),
  );
}

/** Names of the members in which two reports (JSON form of `ZXReport`) differ. */
export function differingMembers(one: Message, other: Message): string[] {
  const [told, own] = [comparable(one), comparable(other)] as [
    Record<string, unknown>,
    Record<string, unknown>,
  ];
  return [...new Set([...Object.keys(told), ...Object.keys(own)])]
    .filter((name) => JSON.stringify(told[name]) !== JSON.stringify(own[name]))
    .sort();
}
