import type { AuthorizationResult, Authorizer, CertificatePayment } from '@elcert/core';
import { createAcquirer } from '../../src/acquirer/index.js';
import type { EmulatedCard } from '../../src/kernel/index.js';
import type { Shop } from './fes-kit.js';

type Acquirer = ReturnType<typeof createAcquirer>;

/** The acquirer of the emulators as an `Authorizer`, with the card in the hand: a terminal without its wire. */
export function acquirerAuthorizer(
  acquirer: Acquirer,
  card: Pick<EmulatedCard, 'pan'>,
): Authorizer & { forget: boolean } {
  const ask = (kind: 'payment' | 'refund', payment: CertificatePayment): AuthorizationResult => {
    const { own, certificate, responseCode, rrn } = acquirer.authorize({
      kind,
      operationId: payment.operationKey,
      terminalId: '00000001',
      pan: card.pan,
      own: payment.ownAmount,
      certificate: payment.certificateAmount,
      basketId: payment.basketId,
      holder: 'pin',
    });
    return { own, certificate, responseCode, rrn };
  };
  return {
    /** The terminal that cannot tell, as LAN-4Gate's last operation cannot. */
    forget: false,
    pay: async (payment) => ask('payment', payment),
    refund: async (payment) => ask('refund', payment),
    async lookup(operationKey) {
      if (this.forget) return { state: 'unknown', reason: 'the terminal remembers no basket' };
      const found = acquirer.operations().find((one) => one.operationId === operationKey);
      if (found === undefined) return { state: 'not-done' };
      const { own, certificate, responseCode, rrn } = found;
      return { state: 'done', result: { own, certificate, responseCode, rrn } };
    },
  };
}

export function openAcquirer(
  shop: Shop,
  options: Partial<Parameters<typeof createAcquirer>[0]> = {},
): Acquirer {
  return createAcquirer({
    clock: shop.clock,
    seed: 1,
    ledger: shop.ledger,
    scenario: shop.fes.scenario,
    certificates: shop.fes.debitPort,
    ...options,
  });
}
