import { byteWriter, isElcertError } from '@elcert/core';
import { settlementTypes, splitTlv } from '@elcert/fiscal-doc';
import { decodeSession, encodeSession, sessionSignature } from '@elcert/ofd-transport/ru';
import { type FnDocument, fnPhaseNumber } from '../fn/index.js';
import type { Core } from './core.js';
import { byDrive, type Handlers, refuse, results } from './refusal.js';

/** Bytes of one block of a document or of the operator's buffer. */
const block = 240;

/** What FF01 says of the document that is open. */
const openDocuments: Readonly<Record<number, number>> = { 2: 0x02, 5: 0x08, 6: 0x10, 21: 0x17 };

/** State and documents of the drive, and the pump to the operator (FF30–FF33). */
export function driveHandlers(core: Core): Handlers {
  const { state } = core;
  let reading: { readonly blocks: readonly Uint8Array[]; readonly at: number } | undefined;
  let upload: { readonly bytes: Uint8Array; readonly written: number } | undefined;

  const found = (number: number): FnDocument => state.fn.document(number) ?? refuse(results.noDriveData);

  const operatorBuffer = (): Uint8Array => {
    const container = state.fn.nextContainer();
    if (container === undefined) return new Uint8Array(0);
    return encodeSession({
      sVersion: '81A2',
      aVersion: '0120',
      fiscalDriveNumber: container.fiscalDriveNumber,
      crcMode: 'none',
      hasContainer: true,
      replyWanted: true,
      priority: 0,
      body: container.bytes,
    });
  };

  const loadReply = (bytes: Uint8Array) => {
    // A host may hand over the whole session message, as the maker's drivers do, or the container alone.
    let container = bytes;
    if (sessionSignature.every((byte, index) => bytes[index] === byte)) {
      try {
        container = decodeSession(bytes).body;
      } catch (error) {
        if (!isElcertError(error)) throw error;
        refuse(results.replyRefused);
      }
    }
    byDrive(() => state.fn.loadReply(container));
  };

  return {
    FF01: () => {
      const status = state.fn.status();
      const { openDocument } = status;
      return {
        phase: fnPhaseNumber[status.phase],
        // Receipts are made in the drive in one go at their closing: what is open here is a report that was begun.
        currentDocument: openDocument === undefined ? 0 : (openDocuments[openDocument] ?? 1),
        documentData: openDocument === undefined ? 0 : 1,
        shiftOpen: status.shiftOpen ? 1 : 0,
        warnings: status.warnings,
        dateTime: status.lastDocumentAt ?? '',
        fiscalDriveNumber: status.fiscalDriveNumber,
        lastDocumentNumber: status.lastFiscalDocumentNumber,
      };
    },
    FF02: () => ({ fiscalDriveNumber: state.fn.fiscalDriveNumber }),
    FF03: () => {
      const status = state.fn.status();
      if (status.validUntil === undefined) return refuse(results.wrongState);
      return {
        expires: status.validUntil,
        registrationsLeft: status.registrationsLeft,
        registrations: 12 - status.registrationsLeft,
      };
    },
    FF04: () => ({ version: 'ELCERT EMULATOR', type: 0 }),
    FF0A: ({ documentNumber }) => {
      const document = found(documentNumber);
      const data = byteWriter(32);
      for (const part of document.dateTime.slice(2, 16).split(/[-T:]/)) data.u8(Number(part));
      data.u32le(document.fiscalDocumentNumber).u32le(document.fiscalSign);
      if (document.settlementType !== undefined) {
        data.u8(settlementTypes[document.settlementType].code).uintLe(document.totalSum ?? 0, 5);
      } else if (document.shiftNumber !== undefined) data.u16le(document.shiftNumber);
      return {
        type: document.documentCode,
        confirmed: state.fn.confirmed(documentNumber) ? 1 : 0,
        data: data.finish(),
      };
    },
    FF30: () => ({ size: operatorBuffer().length, blockSize: block }),
    FF31: ({ offset, size }) => {
      const bytes = operatorBuffer();
      if (bytes.length === 0) refuse(results.noDriveData);
      if (offset + size > bytes.length) refuse(results.badParameters);
      return { data: bytes.slice(offset, offset + size) };
    },
    FF32: ({ size }) => {
      upload = { bytes: new Uint8Array(size), written: 0 };
      return { blockSize: block };
    },
    FF33: ({ offset, size, data }) => {
      if (upload === undefined) return refuse(results.wrongState);
      if (size !== data.length || offset !== upload.written || offset + size > upload.bytes.length)
        refuse(results.badParameters);
      upload.bytes.set(data, offset);
      upload = { ...upload, written: upload.written + size };
      if (upload.written === upload.bytes.length) {
        const { bytes } = upload;
        upload = undefined;
        loadReply(bytes);
      }
      return {};
    },
    FF39: () => {
      const status = state.fn.status();
      return {
        status: status.unsentDocuments > 0 ? 2 : 0,
        readState: 0,
        queue: Math.min(status.unsentDocuments, 0xffff),
        firstDocumentNumber: status.firstUnsentNumber ?? 0,
        firstDateTime: status.firstUnsentAt ?? '',
      };
    },
    FF3A: ({ documentNumber }) => {
      const document = found(documentNumber);
      const content = document.bytes.subarray(4);
      // One requisite an answer, as units give it; what is longer than an answer takes comes in pieces.
      const blocks: Uint8Array[] = [];
      for (const { value, offset } of splitTlv(content)) {
        const whole = content.subarray(offset, offset + 4 + value.length);
        for (let at = 0; at < whole.length; at += block) blocks.push(whole.slice(at, at + block));
      }
      reading = { blocks, at: 0 };
      return { type: document.documentCode, size: content.length };
    },
    FF3B: () => {
      const next = reading?.blocks[reading.at];
      if (reading === undefined || next === undefined) return refuse(results.noDriveData);
      reading = { blocks: reading.blocks, at: reading.at + 1 };
      return { tlv: next };
    },
    FF3C: ({ documentNumber }) => {
      found(documentNumber);
      const ticket = state.fn.confirmation(documentNumber);
      return ticket === undefined ? refuse(results.noDriveData) : { ticket };
    },
    FF3F: () => ({ count: Math.min(state.fn.status().unsentDocuments, 0xffff) }),
    FF63: () => {
      const { documentsLeft, queueLeft } = state.fn.status();
      return {
        archive: Math.min(documentsLeft, 0xffff_ffff),
        operator: Math.min(queueLeft, 0xffff_ffff),
        notifications: 0,
      };
    },
  };
}
