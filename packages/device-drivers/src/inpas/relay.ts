import { type InpasFields, inpasBytes, inpasField, inpasMessage, inpasText } from './codec.js';
import { inpasOperations, inpasRelayKinds } from './table.js';

// Operation 63 as the terminal's way to its bank: 64 = 1 opens or receives, 0 closes or sends; 65 = 16 is the connection, 17
// its data; 67 = 0 done, 1 failed; 70 is `ip;port;` or the bytes. How received bytes travel back is ours: in field 70 of the
// answer, absent when there are none.

/** What the terminal wants of the relay. */
export type InpasRelayRequest =
  | { readonly type: 'open'; readonly host: string; readonly port: number }
  | { readonly type: 'close' }
  | { readonly type: 'send'; readonly data: Uint8Array }
  | { readonly type: 'receive' }
  /** A command that is not understood here: reports, printing. */
  | { readonly type: 'other' };

const code = String(inpasOperations.command.code);

/** Reads a command (operation 63). */
export function readRelayRequest(fields: InpasFields): InpasRelayRequest {
  const mode = inpasField(fields, 'commandMode');
  const kind = inpasField(fields, 'commandMode2');
  const data = inpasField(fields, 'fileData') ?? '';
  if (kind === inpasRelayKinds.connection) {
    if (mode === '0') return { type: 'close' };
    const [host = '', port = ''] = data.split(';');
    if (mode === '1' && /^[\w.:-]{1,253}$/.test(host) && /^\d{1,5}$/.test(port) && Number(port) <= 65_535)
      return { type: 'open', host, port: Number(port) };
    return { type: 'other' };
  }
  if (kind === inpasRelayKinds.data) {
    if (mode === '1') return { type: 'receive' };
    if (mode === '0') return { type: 'send', data: inpasBytes(data) };
  }
  return { type: 'other' };
}

/** A command as a terminal writes it. */
export function inpasRelayRequest(
  request: Exclude<InpasRelayRequest, { readonly type: 'other' }>,
): InpasFields {
  const command = (commandMode: '0' | '1', commandMode2: string, fileData?: string) =>
    inpasMessage({ operationCode: code, commandMode, commandMode2, fileData });
  switch (request.type) {
    case 'open':
      return command('1', inpasRelayKinds.connection, `${request.host};${request.port};`);
    case 'close':
      return command('0', inpasRelayKinds.connection);
    case 'send':
      return command('0', inpasRelayKinds.data, inpasText(request.data));
    case 'receive':
      return command('1', inpasRelayKinds.data);
  }
}

/** The host's answer to a command. */
export function inpasRelayAnswer(request: InpasFields, done: boolean, data?: Uint8Array): InpasFields {
  return inpasMessage({
    operationCode: code,
    commandMode2: inpasField(request, 'commandMode2'),
    commandResult: done ? '0' : '1',
    fileData: data === undefined || data.length === 0 ? undefined : inpasText(data),
  });
}
