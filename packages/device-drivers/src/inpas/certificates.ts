import type { CertificatePayment } from '@elcert/core';
import { type InpasFields, inpasField, inpasMessage, inpasNumber } from './codec.js';
import { inpasError } from './errors.js';
import { type InpasAsked, type InpasCircumstances, type InpasVerdict, inpasMoney } from './verdict.js';

/** What a card that was read without a PIN is known by. */
export interface InpasCardData {
  readonly panHash: string | undefined;
  readonly par?: string | undefined;
}

/**
 * How certificates travel in the fields of SA. That is not public: the bank or INPAS tells an integrator, who writes it down
 * here. Everything else of the driver (keys, outcomes, sums) stays as it is.
 */
export interface InpasCertificates {
  /** For messages and logs. */
  readonly name: string;
  /** The request that reads a card without a PIN. */
  readCard(): InpasFields;
  readCardAnswer(answer: InpasFields): InpasCardData;
  pay(payment: CertificatePayment): InpasFields;
  refund(payment: CertificatePayment): InpasFields;
  /** What became of both parts. */
  verdict(answer: InpasFields, asked: InpasAsked, circumstances: InpasCircumstances): InpasVerdict;
}

// Operation codes that no public source knows: a terminal that does not speak this mapping refuses them. Were they sale and
// refund with more fields, it might debit the card alone, or by the certificate's sum.
const codes = { readCard: 120, pay: 121, refund: 122 } as const;

/** @throws ElcertError `BAD_FIELD` (`not-sent`) for a value that would read as another pair */
const pairs = (values: Readonly<Record<string, string | undefined>>): string =>
  Object.entries(values)
    .flatMap(([path, value]) => {
      if (value === undefined) return [];
      if (!/^[\w.-]{1,128}$/.test(value)) {
        const message = `${path}: letters, digits, dots and dashes are possible`;
        throw inpasError({ code: 'BAD_FIELD', message, path, outcome: 'not-sent' });
      }
      return [`${path}=${value}`];
    })
    .join(';');

const pairOf = (text: string | undefined, name: string): string | undefined =>
  text
    ?.split(';')
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1);

const request = (code: number, payment: CertificatePayment): InpasFields =>
  inpasMessage({
    amount: String(payment.ownAmount).padStart(8, '0'),
    additionalAmount: String(payment.certificateAmount).padStart(8, '0'),
    operationCode: String(code),
    additionalData: pairs({ basket: payment.basketId, hash: payment.panHash, par: payment.par }),
  });

/**
 * The mapping that holds unless another one is given. **All of it is ours**; it exists so that the whole way can be tried
 * against the emulator, and it is of no use at a real terminal, which refuses its operations.
 *
 * Operations 120 (read the card), 121 (pay), 122 (refund); field 0 is the own part, 1 the certificate's, 86 holds
 * `basket=…;hash=…;par=…`. The answer names in 0 and 1 what was really moved, and in 86 the hash and the PAR of a card read.
 */
export const assumedInpasCertificates: InpasCertificates = {
  name: 'assumed',
  readCard: () => inpasMessage({ operationCode: String(codes.readCard) }),
  readCardAnswer(answer) {
    const data = inpasField(answer, 'additionalData');
    return { panHash: pairOf(data, 'hash'), par: pairOf(data, 'par') };
  },
  pay: (payment) => request(codes.pay, payment),
  refund: (payment) => request(codes.refund, payment),
  verdict(answer, { own, certificate }, circumstances) {
    const money = inpasMoney(answer, circumstances);
    const of = (amount: number, state: 'done' | 'refused' | 'unknown') =>
      amount > 0 ? state : ('not-attempted' as const);
    if (money === 'unknown') return { own: of(own, 'unknown'), certificate: of(certificate, 'unknown') };
    const movedOwn = inpasNumber(answer, 'amount');
    const movedCertificate = inpasNumber(answer, 'additionalAmount');
    if (money === 'done') {
      if (movedOwn !== own || movedCertificate !== certificate)
        return { mismatch: `moved ${movedOwn} and ${movedCertificate}, asked ${own} and ${certificate}` };
      return { own: of(own, 'done'), certificate: of(certificate, 'done') };
    }
    const fits = (moved: number | undefined, asked: number) =>
      moved === undefined || moved === 0 || moved === asked;
    if (!fits(movedOwn, own) || !fits(movedCertificate, certificate))
      return { own: of(own, 'unknown'), certificate: of(certificate, 'unknown') };
    const ownDone = own > 0 && movedOwn === own;
    const certificateDone = certificate > 0 && movedCertificate === certificate;
    if (ownDone && certificateDone) return { own: 'unknown', certificate: 'unknown' };
    if (ownDone) return { own: 'done', certificate: of(certificate, 'refused') };
    if (certificateDone) return { own: of(own, 'refused'), certificate: 'done' };
    return {
      own: of(own, 'refused'),
      certificate: own > 0 ? 'not-attempted' : of(certificate, 'refused'),
    };
  },
};

/** Operation codes of {@link assumedInpasCertificates}: what an emulator of it listens to. */
export const assumedCertificateCodes: typeof codes = codes;
