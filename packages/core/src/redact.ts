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

// Thirteen to nineteen digits in a row, or in the groups of four that are embossed on a card.
const digitRun = /(?<!\d)(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7})(?!\d)/g;

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
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

function withoutCards(text: string): string {
  return text.replace(digitRun, (run) => {
    const digits = run.replace(/\D/g, '');
    return /^[2-6]/.test(digits) && passesLuhn(digits)
      ? `${'*'.repeat(digits.length - 4)}${digits.slice(-4)}`
      : run;
  });
}

/**
 * A copy of a text without card numbers and without the given secrets.
 *
 * A card number is 13 to 19 digits, together or in groups of four, with first digit 2 to 6 and a right check digit; its
 * last four digits stay. Numbers of fiscal drives (they begin with 7 to 9), cash desks and registrations (0), and basket
 * ids (24 digits) are not touched.
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
