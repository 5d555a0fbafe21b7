import type { JsonObject } from '@bufbuild/protobuf';
import type { DecodedKzFrame } from './codec.js';
import type { KzReply } from './machine.js';
import type { KzProduct } from './session-api.js';

/** What a response says, as far as a device depends on it. */
export function replyOf({ header, message }: DecodedKzFrame): KzReply {
  const { result, ticket, report, service } = message as {
    readonly result: { readonly resultCode: number; readonly resultText?: string };
    readonly ticket?: { readonly ticketNumber?: string; readonly qrCode?: string };
    readonly report?: JsonObject;
    readonly service?: JsonObject;
  };
  return {
    version: header.version,
    token: header.token,
    resultCode: result.resultCode,
    resultText: result.resultText,
    ticketNumber: ticket?.ticketNumber,
    qrCode: ticket?.qrCode === undefined ? undefined : utf8OfBase64(ticket.qrCode),
    report,
    service,
  };
}

/** The article of a NOMENCLATURE response; nothing when there is none. */
export function productOf(message: JsonObject, barcode: string): KzProduct | undefined {
  const { nomenclature } = message as {
    readonly nomenclature?: {
      readonly elements?: readonly {
        readonly title?: string;
        readonly titleKk?: string;
        readonly item?: {
          readonly barcode?: string;
          readonly ntin?: string;
          readonly measureUnitCode?: string;
          readonly isMarkedeac?: boolean;
          readonly isSocial?: boolean;
        };
      }[];
    };
  };
  const element = nomenclature?.elements?.find(({ item }) => item !== undefined);
  if (element === undefined) return undefined;
  const { title = '', titleKk, item } = element;
  return {
    barcode: item?.barcode ?? barcode,
    title,
    titleKk,
    ntin: item?.ntin,
    measureUnitCode: item?.measureUnitCode,
    isMarked: item?.isMarkedeac,
    isSocial: item?.isSocial,
  };
}

function utf8OfBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}
