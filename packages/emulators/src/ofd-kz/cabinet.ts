import { type Clock, ElcertError, type Random, randomDigits } from '@elcert/core';
import type { OfdKzDeviceOptions } from './device.js';

/** What an owner writes into the cabinet to add a register. */
export interface OfdKzApplicationInput {
  /** Factory number (ЗНМ), made by the register's own software. */
  readonly serialNumber: string;
  /** A model of the State Register; `E-KACCA` unless told. */
  readonly model?: string;
  readonly taxpayer: OfdKzDeviceOptions['taxpayer'];
}

/** An application as the cabinet shows it. */
export interface OfdKzApplication {
  readonly serialNumber: string;
  readonly model: string;
  /** `draft` until the owner signs it, then `signed` until the tax office has decided. */
  readonly state: 'draft' | 'signed' | 'registered' | 'refused';
  readonly reason?: string;
  /** Number of the device, its РНМ and its first token, once it is registered. */
  readonly id?: number;
  readonly registrationNumber?: string;
  readonly token?: number;
}

/** The way of a register from its factory number to its token. */
export interface OfdKzCabinet {
  /** «Добавить кассу». @throws ElcertError `BAD_CABINET` */
  apply(input: OfdKzApplicationInput): OfdKzApplication;
  /** The owner signs the application to the tax office. @throws ElcertError `BAD_CABINET` */
  sign(serialNumber: string): OfdKzApplication;
  /** @throws ElcertError `BAD_CABINET` when there is none */
  application(serialNumber: string): OfdKzApplication;
}

/** How the tax office decides. */
export interface CabinetRules {
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds from the signature to the decision. */
  readonly decisionMs: number;
  /** Models that may be registered. */
  readonly models: readonly string[];
  readonly register: (device: OfdKzDeviceOptions) => number;
  readonly isTaken: (serialNumber: string) => boolean;
}

function bad(message: string, userMessage: string): ElcertError<'BAD_CABINET'> {
  return new ElcertError({ code: 'BAD_CABINET', message, userMessage });
}

/** Makes the cabinet. */
export function createCabinet(rules: CabinetRules): OfdKzCabinet {
  const applications = new Map<
    string,
    { application: OfdKzApplication; readonly input: OfdKzApplicationInput; signedAt: number | undefined }
  >();
  let nextId = 200_000;
  const found = (serialNumber: string) => {
    const entry = applications.get(serialNumber);
    if (entry === undefined) throw bad(`no application for ${serialNumber}`, 'Такой заявки нет.');
    const { signedAt, application, input } = entry;
    if (application.state === 'signed' && rules.clock.now() >= (signedAt ?? 0) + rules.decisionMs)
      entry.application = decided(application, input);
    return entry;
  };
  const decided = (application: OfdKzApplication, input: OfdKzApplicationInput): OfdKzApplication => {
    if (!rules.models.includes(application.model))
      return { ...application, state: 'refused', reason: 'Модели нет в Государственном реестре.' };
    nextId += 1;
    const device = {
      id: nextId,
      serialNumber: application.serialNumber,
      registrationNumber: `0101${randomDigits(rules.random, 8)}`,
      taxpayer: input.taxpayer,
    };
    const { id, registrationNumber } = device;
    return { ...application, state: 'registered', id, registrationNumber, token: rules.register(device) };
  };
  return {
    apply(input) {
      const { serialNumber, model = 'E-KACCA', taxpayer } = input;
      if (!/^[A-Z0-9]{8,32}$/.test(serialNumber)) throw bad('not a factory number', 'ЗНМ указан неверно.');
      if (!/^\d{12}$/.test(taxpayer.bin)) throw bad('not an IIN or BIN', 'ИИН/БИН — двенадцать цифр.');
      if (applications.has(serialNumber) || rules.isTaken(serialNumber))
        throw bad(`${serialNumber} is there already`, 'Касса с таким ЗНМ уже есть.');
      const application: OfdKzApplication = { serialNumber, model, state: 'draft' };
      applications.set(serialNumber, { application, input, signedAt: undefined });
      return application;
    },
    sign(serialNumber) {
      const entry = found(serialNumber);
      if (entry.application.state !== 'draft') throw bad('signed already', 'Заявка уже подписана.');
      entry.signedAt = rules.clock.now();
      entry.application = { ...entry.application, state: 'signed' };
      return entry.application;
    },
    application: (serialNumber) => found(serialNumber).application,
  };
}
