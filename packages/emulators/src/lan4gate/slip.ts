import { formatRubles } from '@elcert/core';
import { lan4GateOperationName, lan4GateOperations } from '@elcert/device-drivers/lan4gate';
import type { TerminalOperation } from './memory.js';

const columns = 32;

const pair = (left: string, right: string): string =>
  `${left}${' '.repeat(Math.max(1, columns - left.length - right.length))}${right}`;

const centre = (text: string): string => `${' '.repeat(Math.max(0, (columns - text.length) >> 1))}${text}`;

/** The slip of an operation, 32 columns. */
export function slipLines(
  operation: Omit<TerminalOperation, 'slip'>,
  place: { readonly merchant: string; readonly terminalId: string },
): readonly string[] {
  const { answer, own, certificate } = operation;
  const name = lan4GateOperationName(operation.code);
  return [
    centre(place.merchant.slice(0, columns)),
    centre((name === undefined ? 'Операция' : lan4GateOperations[name].ru).slice(0, columns)),
    pair('Терминал', place.terminalId),
    pair('Чек', operation.receiptReference),
    pair('Карта', answer.maskedPan),
    ...(certificate > 0
      ? [
          pair('Сертификат', answer.certificate === 'done' ? formatRubles(certificate) : 'НЕТ'),
          pair('Свои средства', own === 0 ? '0.00' : answer.own === 'done' ? formatRubles(own) : 'НЕТ'),
        ]
      : [pair('Сумма', formatRubles(own))]),
    ...(answer.authCode === undefined ? [] : [pair('Код авторизации', answer.authCode)]),
    pair('RRN', answer.rrn),
    centre(answer.responseText.slice(0, columns)),
  ];
}
