import type { KzFrame } from '@elcert/ofd-transport/kz';

type Message = KzFrame['message'];

/**
 * Members of a report that are no counters, or that both sides rightly see differently: a ticket that was counted while its answer was lost
 * is an offline one to the device alone.
 */
const passedOver = new Set(['dateTime', 'closeShiftTime', 'checksum', 'offlineCount']);

/** Lists in any order, without what is passed over. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value))
    return value
      .map(comparable)
      .map((one) => JSON.stringify(one))
      .sort();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !passedOver.has(name))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, member]) => [name, comparable(member)]),
  );
}

/** An empty list and none are one. */
function textOf(member: Message[string] | undefined): string | undefined {
  return Array.isArray(member) && member.length === 0 ? undefined : JSON.stringify(comparable(member));
}

/** Names of the members in which two reports (JSON form of `ZXReport`) differ. */
export function differingMembers(one: Message, other: Message): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((name) => !passedOver.has(name))
    .filter((name) => textOf(one[name]) !== textOf(other[name]))
    .sort();
}
