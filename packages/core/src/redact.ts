// Names are compared without case, dashes, underscores and a leading "x" of HTTP headers.
const secretNames = new Set(
  (
    'apikey mac mackey pin pinblock pinkey adminpinblock workkey masterkey privatekey secret secretkey clientsecret ' +
    'password passphrase proxypassword token accesstoken refreshtoken authorization proxyauthorization cookie setcookie ' +
    'pan cardpan adminpan panhash cardpanhash cardnumber cardnumberhash par paymentaccountreference carddata carddataenc ' +
    'track track1 track2 track3 trackdata admintrack2 hashcardtrack2 consumerpresentedqr cvv cvv2 cvc cvc2'
  ).split(' '),
);

// Numbers that have a card's length, and one time in ten its check digit too.
const plainNumberNames = new Set(
  (
    'fn fiscaldrivenumber kktregistrationnumber kktserialnumber znm rnm cashboxid basketid purchasebasketid ' +
    'returnbasketid certificateid'
  ).split(' '),
);

function simplified(name: string): string {
  return name.replace(/[^a-z0-9]/gi, '').toLowerCase();
}

const shortestCard = 13;
const longestCard = 19;

// What may stand, singly, between two digits of one number: spaces of any width, hyphens and dashes, dots, and what has
// no width at all. Two in a row part two numbers, as in the columns of a slip.
const separator = /[\t\p{Zs}\u00ad\u200b\u2060\ufeff.\u00b7\-\u2010-\u2015\u2212]/u;

const isDigit = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
};

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = digits.length - 1, doubles = false; index >= 0; index -= 1, doubles = !doubles) {
    const digit = digits.charCodeAt(index) - 0x30;
    sum += doubles ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit;
  }
  return sum % 10 === 0;
}

/** What stands where a secret stood. */
export const redactedMark = '***';

// The longest first: a key that begins with another one must not leave its rest behind.
function prepared(secrets: Iterable<string>): string[] {
  return [...secrets].filter((secret) => secret.length > 0).sort((a, b) => b.length - a.length);
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  let out = text;
  for (const secret of secrets) out = out.replaceAll(secret, redactedMark);
  return out;
}

/** Digits that stand together, without a separator among them. */
interface DigitGroup {
  readonly at: number;
  readonly digits: string;
}

// Numbers of fiscal drives (they begin with 7 to 9) and registrations (four zeros): never part of a longer number.
const standsAlone = ({ digits }: DigitGroup): boolean =>
  digits.length === 16 && /^(?:[789]|0000)/.test(digits);

const between = (digits: string, least: number, most: number): boolean =>
  Number(digits) >= least && Number(digits) <= most;

const isYear = (digits: string): boolean => /^20\d\d$/.test(digits);
const isMonth = (digits: string): boolean => digits.length === 2 && between(digits, 1, 12);
const isDay = (digits: string): boolean => digits.length === 2 && between(digits, 1, 31);

/** Twenty-first century, `YYYYMMDDhhmmss`: no card number has 14 digits and begins so. */
const isTimestamp = (digits: string): boolean =>
  digits.length === 14 &&
  digits.startsWith('20') &&
  isMonth(digits.slice(4, 6)) &&
  isDay(digits.slice(6, 8)) &&
  between(digits.slice(8, 10), 0, 23) &&
  between(digits.slice(10, 12), 0, 59) &&
  between(digits.slice(12), 0, 59);

/** Whether a date (`22.11.2026`, `2026-11-22`) is written in three groups from this one on, and not more of the same. */
function isDate(text: string, groups: readonly DigitGroup[], from: number): boolean {
  const [first, second, third] = groups.slice(from, from + 3);
  if (first === undefined || second === undefined || third === undefined) return false;
  const sign = text[second.at - 1];
  if ((sign !== '.' && sign !== '-') || text[third.at - 1] !== sign) return false;
  const next = groups[from + 3];
  if (from > 0 && text[first.at - 1] === sign) return false;
  if (next !== undefined && text[next.at - 1] === sign) return false;
  return (
    isMonth(second.digits) &&
    ((isDay(first.digits) && isYear(third.digits)) || (isYear(first.digits) && isDay(third.digits)))
  );
}

/** Groups that may be one number, none of them a date or a number that is known to be something else. */
function candidates(text: string): DigitGroup[][] {
  const runs: DigitGroup[][] = [];
  let run: DigitGroup[] = [];
  const end = () => {
    let part: DigitGroup[] = [];
    for (let index = 0; index < run.length; index += 1) {
      const group = run[index] as DigitGroup;
      const date = isDate(text, run, index);
      if (!date && !standsAlone(group)) {
        part.push(group);
        continue;
      }
      runs.push(part);
      part = [];
      if (date) index += 2;
    }
    runs.push(part);
    run = [];
  };
  // By hand, not by one expression: such an expression keeps a state for each group of a long text.
  for (let at = 0; at < text.length; at += 1) {
    if (!isDigit(text, at)) continue;
    const start = at;
    while (isDigit(text, at + 1)) at += 1;
    run.push({ at: start, digits: text.slice(start, at + 1) });
    if (!(separator.test(text.charAt(at + 1)) && isDigit(text, at + 2))) end();
  }
  return runs;
}

/** Where card numbers stand, from and to, in order and apart from one another. */
function cardsIn(text: string): { readonly from: number; to: number }[] {
  const found: { readonly from: number; to: number }[] = [];
  for (const groups of candidates(text)) {
    for (const [index, first] of groups.entries()) {
      if (!/^[2-6]/.test(first.digits)) continue;
      // A number is whole groups: its neighbours in the same run (an expiry, a sum) do not hide it. At most nineteen turns.
      let digits = '';
      for (let last = index; last < groups.length; last += 1) {
        const group = groups[last] as DigitGroup;
        if (digits.length + group.digits.length > longestCard) break;
        digits += group.digits;
        if (digits.length < shortestCard || isTimestamp(digits) || !passesLuhn(digits)) continue;
        const before = found.at(-1);
        const to = group.at + group.digits.length;
        if (before === undefined || before.to <= first.at) found.push({ from: first.at, to });
        else before.to = Math.max(before.to, to);
      }
    }
  }
  return found;
}

// Keys of operations: a quarter of their groups are digits by chance.
const uuid = /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/i;

function withoutCards(text: string): string {
  // What `split` captures stands at the odd places.
  return text
    .split(uuid)
    .map((part, index) => (index % 2 === 1 ? part : withoutCardNumbers(part)))
    .join('');
}

function withoutCardNumbers(text: string): string {
  let out = '';
  let done = 0;
  for (const { from, to } of cardsIn(text)) {
    const digits = text.slice(from, to).replace(/\D/g, '');
    out += `${text.slice(done, from)}${'*'.repeat(digits.length - 4)}${digits.slice(-4)}`;
    done = to;
  }
  return out + text.slice(done);
}

/**
 * A copy of a text without card numbers and without the given secrets.
 *
 * A card number is 13 to 19 digits with first digit 2 to 6 and a right check digit, together or with single separators
 * (spaces of any width, hyphens, dots) between any of them, however grouped; its last four digits stay, its separators do
 * not. Numbers of fiscal drives (they begin with 7 to 9), cash desks and registrations (0), basket ids (24 digits), taxpayers
 * (10 or 12), UUIDs and dates are not touched. Takes time that grows with the length of the text only.
 *
 * @example
 * ```ts
 * redactText('карта 4111 1111 1111 1111'); // 'карта ************1111'
 * ```
 */
export function redactText(text: string, secrets: Iterable<string> = []): string {
  return withoutCards(withoutSecrets(text, prepared(secrets)));
}

/**
 * A copy of a JSON-like value that may be logged: members named like a key, a MAC or card data are masked whole,
 * texts pass {@link redactText}. Members named like a fiscal drive, a cash desk or a basket keep their digits. What has
 * a `toJSON` is written by it; other errors by name, code and message.
 *
 * @param secrets - values to mask wherever they stand, e.g. the keys of this run
 * @example
 * ```ts
 * redact({ macKey: '27ff3684-…', cashboxId: '0000000000000000027' }); // { macKey: '***', cashboxId: '0000000000000000027' }
 * ```
 */
export function redact<T>(value: T, secrets: Iterable<string> = []): T {
  const list = prepared(secrets);
  const above = new Set<object>();
  const walk = (one: unknown, name: string): unknown => {
    if (typeof one === 'string') {
      const text = withoutSecrets(one, list);
      return plainNumberNames.has(name) ? text : withoutCards(text);
    }
    if (typeof one !== 'object' || one === null || one instanceof Uint8Array) return one;
    if (above.has(one)) return '[circular]';
    if (above.size > 32) return '[deep]';
    above.add(one);
    try {
      if (Array.isArray(one)) return one.map((item) => walk(item, name));
      const { toJSON } = one as { readonly toJSON?: unknown };
      if (typeof toJSON === 'function') return walk(toJSON.call(one), name);
      const members =
        one instanceof Error
          ? { name: one.name, code: (one as { code?: unknown }).code, message: one.message }
          : one;
      return Object.fromEntries(
        Object.entries(members).map(([key, member]) => {
          const plain = simplified(key);
          const secret = secretNames.has(plain) || (plain.startsWith('x') && secretNames.has(plain.slice(1)));
          return [
            key,
            secret && member !== undefined && member !== null ? redactedMark : walk(member, plain),
          ];
        }),
      );
    } finally {
      above.delete(one);
    }
  };
  return walk(value, '') as T;
}
