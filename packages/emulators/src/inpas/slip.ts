import { formatRubles } from '@elcert/core';
import type { PadOperation } from './operation.js';

const columns = 32;

const pair = (left: string, right: string): string =>
  `${left}${' '.repeat(Math.max(1, columns - left.length - right.length))}${right}`;

const centre = (text: string): string => `${' '.repeat(Math.max(0, (columns - text.length) >> 1))}${text}`;

/** Field 90: the buyer's copy and the shop's, as the captured slip has them. */
export function receiptData(
  operation: Omit<PadOperation, 'slip'>,
  place: { readonly merchant: string; readonly terminalId: string },
): string {
  const { answer, own, certificate } = operation;
  const copy = (title: string) =>
    [
      centre(place.merchant.slice(0, columns)),
      pair(title, String(operation.number).padStart(4, '0')),
      centre(operation.title.slice(0, columns)),
      pair('ТЕРМИНАЛ:', place.terminalId),
      pair('КАРТА', answer.maskedPan),
      ...(certificate > 0
        ? [
            pair('СЕРТИФИКАТ', answer.certificate === 'done' ? formatRubles(certificate) : 'НЕТ'),
            pair('СВОИ СРЕДСТВА', own === 0 ? '0.00' : answer.own === 'done' ? formatRubles(own) : 'НЕТ'),
          ]
        : [pair('СУММА (RUB)', formatRubles(own))]),
      centre(answer.responseText.slice(0, columns)),
      pair('КОД ОТВЕТА', answer.responseCode),
      pair('КОД АВТОРИЗАЦИИ:', answer.authCode ?? ''),
      pair('№ ССЫЛКИ:', answer.rrn),
      '-'.repeat(31),
      '',
    ].join('\r\n');
  return `0xDF^^${copy('ЧЕК КЛИЕНТА')}~0xDA^^${copy('ЧЕК КАССИРА')}~0xDE^^MIR~`;
}
