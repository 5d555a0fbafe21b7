import { type ElcertError, type FnMessage, isElcertError } from '@elcert/core';
import {
  type Container,
  decodeContainer,
  encodeSession,
  type SessionCrcMode,
  type SessionMessage,
  splitContainerData,
} from './codec.js';
import { badReply, type OfdConfirmation, ofdResponseCodes, readConfirmation } from './confirmation.js';
import { OfdError } from './errors.js';

/** How sessions are made. */
export interface SessionOptions {
  /** Application protocol version, four hex digits; `0120` (FFD 1.2) unless told. */
  readonly aVersion?: string | undefined;
  /** `81A2` unless told. */
  readonly sVersion?: string | undefined;
  /** `none` unless told, as registers do. */
  readonly crcMode?: SessionCrcMode | undefined;
}

/** A request that is ready to go out. */
export interface ExchangeRequest {
  readonly fiscalDriveNumber: string;
  readonly fiscalDocumentNumber: number;
  /** Form code of the document. */
  readonly documentCode: number;
  readonly sVersion: string;
  /** The session message. */
  readonly bytes: Uint8Array;
}

/** The operator has confirmed a document. */
export interface OfdReply {
  /** The reply's container exactly as it came: what the drive wants to be loaded with. */
  readonly container: Uint8Array;
  readonly document: OfdConfirmation;
  /** Application protocol version of the reply, four hex digits. */
  readonly aVersion: string;
}

/** Where one exchange stands. */
export type ExchangeState =
  | { readonly phase: 'connecting'; readonly request: ExchangeRequest }
  | { readonly phase: 'sending'; readonly request: ExchangeRequest }
  | { readonly phase: 'waiting'; readonly request: ExchangeRequest }
  | { readonly phase: 'done'; readonly request: ExchangeRequest; readonly reply: OfdReply }
  | { readonly phase: 'failed'; readonly request: ExchangeRequest; readonly error: OfdError };

/** What can happen to it. */
export type ExchangeInput =
  | { readonly type: 'connected' }
  | { readonly type: 'connect-failed'; readonly cause: unknown }
  | { readonly type: 'sent' }
  | { readonly type: 'send-failed'; readonly cause: unknown }
  | { readonly type: 'message'; readonly message: SessionMessage }
  | { readonly type: 'bad-bytes'; readonly error: OfdError }
  | { readonly type: 'timeout' }
  | { readonly type: 'closed'; readonly pending: number; readonly cause?: ElcertError | undefined }
  | { readonly type: 'aborted'; readonly reason?: unknown };

/**
 * Packs what a drive gave into a session.
 *
 * @throws OfdError `BAD_FN_MESSAGE` (`not-sent`) when it is no container, or one of another drive
 */
export function exchangeRequest(message: FnMessage, options: SessionOptions = {}): ExchangeRequest {
  const { aVersion = '0120', sVersion = '81A2', crcMode = 'none' } = options;
  const fiscalDriveNumber = message.fiscalDriveNumber.padEnd(16, ' ');
  try {
    const container = decodeContainer(message.container);
    if (container.fiscalDriveNumber !== fiscalDriveNumber) {
      throw new OfdError({
        code: 'BAD_FN_MESSAGE',
        message: `the container is of drive ${container.fiscalDriveNumber}, not ${fiscalDriveNumber}`,
        position: 9,
      });
    }
    return {
      fiscalDriveNumber,
      fiscalDocumentNumber: container.fiscalDocumentNumber,
      documentCode: container.documentCode,
      sVersion: sVersion.toUpperCase(),
      bytes: encodeSession({
        sVersion,
        aVersion,
        fiscalDriveNumber,
        crcMode,
        hasContainer: true,
        replyWanted: true,
        priority: 0,
        body: message.container,
      }),
    };
  } catch (error) {
    if (!isElcertError(error)) throw error;
    throw new OfdError({
      code: 'BAD_FN_MESSAGE',
      message: error.message,
      userMessage: 'Касса передала документ, который нельзя отправить в ОФД',
      outcome: 'not-sent',
      position: error.position,
      cause: error,
    });
  }
}

function about(request: ExchangeRequest) {
  const { fiscalDriveNumber, fiscalDocumentNumber, documentCode } = request;
  return { fiscalDriveNumber: fiscalDriveNumber.trim(), fiscalDocumentNumber, documentCode };
}

function mismatch(request: ExchangeRequest, what: string): OfdError {
  return new OfdError({
    code: 'REPLY_MISMATCH',
    message: `the reply is about ${what}`,
    userMessage: 'ОФД ответил про другой документ, передача остановлена',
    outcome: 'unknown',
    details: about(request),
  });
}

/**
 * Decides whether a session message confirms what was sent: session version, drive number, check sums, form 7, drive and
 * document number in the container's header and in the document. Whether the operator's signs are right only the drive can tell.
 *
 * @throws OfdError `BAD_REPLY`, `REPLY_MISMATCH` (both `unknown`) or `OPERATOR_REFUSED` (`refused`)
 */
export function readReply(request: ExchangeRequest, message: SessionMessage): OfdReply {
  if (message.sVersion !== request.sVersion) throw badReply(`session version ${message.sVersion}`);
  if (message.fiscalDriveNumber !== request.fiscalDriveNumber)
    throw mismatch(request, `drive ${message.fiscalDriveNumber.trim()}`);
  if (!message.hasContainer) throw badReply('a session message without a container');
  let container: Container;
  let document: OfdConfirmation;
  try {
    container = decodeContainer(message.body);
    if (container.documentCode !== 7)
      throw badReply(`form ${container.documentCode} instead of a confirmation (form 7)`);
    document = readConfirmation(splitContainerData(container.data, 7).document);
  } catch (error) {
    if (!isElcertError(error)) throw error;
    if (isElcertError(error, 'BAD_REPLY')) throw error;
    throw badReply('the container cannot be read', error);
  }
  if (container.fiscalDriveNumber !== request.fiscalDriveNumber)
    throw mismatch(request, `drive ${container.fiscalDriveNumber.trim()}`);
  if (container.fiscalDocumentNumber !== request.fiscalDocumentNumber)
    throw mismatch(
      request,
      `document ${container.fiscalDocumentNumber}, not ${request.fiscalDocumentNumber}`,
    );
  if (document.fiscalDriveNumber.trim() !== request.fiscalDriveNumber.trim())
    throw mismatch(request, `drive ${document.fiscalDriveNumber} in tag 1041`);
  if (document.fiscalDocumentNumber !== request.fiscalDocumentNumber)
    throw mismatch(request, `document ${document.fiscalDocumentNumber} in tag 1040`);
  if (document.responseCode !== ofdResponseCodes.accepted) {
    throw new OfdError({
      code: 'OPERATOR_REFUSED',
      message: `the operator answered ${document.responseCode} about document ${request.fiscalDocumentNumber}`,
      userMessage: `ОФД не принял документ ${request.fiscalDocumentNumber} (код ${document.responseCode}): обратитесь в поддержку ОФД`,
      outcome: 'refused',
      path: '1022',
      details: { ...about(request), responseCode: document.responseCode },
    });
  }
  return { container: message.body, document, aVersion: message.aVersion };
}

/** The first state of an exchange. */
export function startExchange(request: ExchangeRequest): ExchangeState {
  return { phase: 'connecting', request };
}

function failed(request: ExchangeRequest, error: OfdError): ExchangeState {
  return { phase: 'failed', request, error };
}

/**
 * One exchange: connect, send, wait for one reply. Pure: connections, bytes and time are inputs, and so is everything that goes
 * wrong. An input that does not belong to the state leaves it as it is: a late reply changes nothing.
 */
export function stepExchange(state: ExchangeState, input: ExchangeInput): ExchangeState {
  const { request } = state;
  if (state.phase === 'done' || state.phase === 'failed') return state;
  const fail = (
    code: 'NOT_CONNECTED' | 'SEND_FAILED' | 'NO_REPLY' | 'CONNECTION_CLOSED' | 'ABORTED',
    message: string,
    cause?: unknown,
  ): ExchangeState =>
    failed(
      request,
      new OfdError({
        code,
        message: `${message} (document ${request.fiscalDocumentNumber})`,
        userMessage: 'Нет связи с ОФД, документ будет передан позже',
        outcome: state.phase === 'connecting' ? 'not-sent' : 'unknown',
        details: about(request),
        cause,
      }),
    );
  switch (input.type) {
    case 'aborted':
      return fail('ABORTED', 'aborted by the caller', input.reason);
    case 'connected':
      return state.phase === 'connecting' ? { phase: 'sending', request } : state;
    case 'connect-failed':
      return state.phase === 'connecting'
        ? fail('NOT_CONNECTED', 'the operator does not answer', input.cause)
        : state;
    case 'sent':
      return state.phase === 'sending' ? { phase: 'waiting', request } : state;
    case 'send-failed':
      return state.phase === 'sending'
        ? fail('SEND_FAILED', 'the message did not go out whole', input.cause)
        : state;
    case 'timeout':
      return state.phase === 'waiting' ? fail('NO_REPLY', 'no reply in time') : state;
    case 'closed':
      return fail(
        'CONNECTION_CLOSED',
        input.pending > 0
          ? `the operator closed after ${input.pending} bytes of a reply`
          : 'the operator closed without a reply',
        input.cause,
      );
    case 'bad-bytes':
      return state.phase === 'waiting'
        ? failed(request, badReply('the reply is no session message', input.error))
        : state;
    case 'message':
      if (state.phase !== 'waiting') return state;
      try {
        return { phase: 'done', request, reply: readReply(request, input.message) };
      } catch (error) {
        if (!(error instanceof OfdError)) throw error;
        return failed(request, error);
      }
  }
}
