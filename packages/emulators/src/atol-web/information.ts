import { localDateTime, localToUnixSeconds } from '@elcert/core';
import { type AtolObject, atolDocumentTypes, isAtolObject } from '@elcert/device-drivers/atol';
import { decodeDocument } from '@elcert/fiscal-doc';
import { type FnPhase, fnWarnings } from '../fn/index.js';
import { columns, type DeviceContext, type Handlers } from './context.js';

const livePhases: Readonly<Record<FnPhase, string>> = {
  ready: 'configured',
  fiscal: 'fiscalMode',
  'post-fiscal': 'postFiscalMode',
  archive: 'accessArchive',
};

function tagText(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return typeof value === 'object' && value !== null
    ? JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one))
    : String(value);
}

/** What the register tells of itself and of its drive, and its settings. */
export function informationTasks(context: DeviceContext): Handlers {
  const { state, paper, quirks, refuse, zoned, now, needPaper, write, operatorTags, done } = context;

  const warningsOf = (bits: number) => ({
    memoryOverflow: (bits & fnWarnings.memory) !== 0,
    needReplacement: (bits & fnWarnings.urgentReplacement) !== 0,
    ofdTimeout: (bits & fnWarnings.ofdTimeout) !== 0,
    resourceExhausted: (bits & fnWarnings.exhaustion) !== 0,
    criticalError: (bits & fnWarnings.critical) !== 0,
  });

  const exchange = (): AtolObject => {
    const { unsentDocuments, firstUnsentNumber, firstUnsentAt } = state.fn.status();
    const fine = { code: 0, description: 'Ошибок нет' };
    const trouble = state.exchange;
    return {
      status: {
        notSentCount: unsentDocuments,
        notSentFirstDocNumber: firstUnsentNumber ?? 0,
        notSentFirstDocDateTime: firstUnsentAt === undefined ? '' : zoned(firstUnsentAt),
      },
      errors: {
        network: trouble === undefined ? fine : { code: trouble.code, description: trouble.description },
        ofd: fine,
        fn: fine,
        documentNumber: trouble?.documentNumber ?? 0,
        fnCommandCode: 0,
        lastSuccessConnectionDateTime: state.lastExchangeAt,
      },
    };
  };

  const settingKey = (key: unknown): number =>
    typeof key === 'number' && Number.isInteger(key) && key >= 0 && key < 1000 ? key : refuse(13, 'key');

  return {
    getShiftStatus() {
      const { shiftNumber, receiptNumber, shiftOpenedAt } = state.fn.status();
      return {
        shiftStatus: {
          state: context.shiftState(),
          number: shiftNumber,
          documentsCount: receiptNumber,
          expiredTime:
            shiftOpenedAt === undefined
              ? ''
              : zoned(localDateTime((localToUnixSeconds(shiftOpenedAt) + 86_400) * 1000, 'UTC')),
        },
      };
    },
    getDeviceInfo: () => ({
      deviceInfo: {
        model: 69,
        modelName: 'АТОЛ (ЭМУЛЯТОР)',
        serial: state.kktSerialNumber,
        firmwareVersion: '5.10.0',
        configurationVersion: '5.10.0',
        receiptLineLength: columns,
        receiptLineLengthPix: columns * 12,
        ffdVersion: '1.2',
        fnFfdVersion: '1.2',
      },
    }),
    getDeviceStatus: () => ({
      deviceStatus: {
        currentDateTime: zoned(now()),
        shift: context.shiftState(),
        blocked: false,
        coverOpened: paper.coverOpen,
        paperPresent: paper.coverOpen || paper.submode === 0 || paper.submode === 3,
        fiscal: state.registration !== undefined,
        fnFiscal: state.fn.status().phase === 'fiscal',
        fnPresent: true,
        cashDrawerOpened: state.drawerOpen,
      },
    }),
    getFnInfo() {
      const { phase, warnings, registrationsLeft, validUntil } = state.fn.status();
      return {
        fnInfo: {
          serial: state.fn.fiscalDriveNumber,
          version: 'fn emulated',
          execution: 'Эмулятор',
          numberOfRegistrations: 12 - registrationsLeft,
          registrationsRemaining: registrationsLeft,
          validityDate: validUntil === undefined ? '' : zoned(`${validUntil}T00:00`),
          ffdVersion: '1.2',
          fnFfdVersion: '1.2',
          fnContainsKeysUpdaterServerUri: false,
          livePhase: livePhases[phase],
          warnings: warningsOf(warnings),
        },
      };
    },
    getFnStatus() {
      const { lastFiscalDocumentNumber, receiptNumber, warnings } = state.fn.status();
      return {
        fnStatus: {
          fiscalDocumentNumber: lastFiscalDocumentNumber,
          fiscalReceiptNumber: receiptNumber,
          warnings: warningsOf(warnings),
        },
      };
    },
    getFnDocument(task) {
      const document = state.fn.document(Number(task.fiscalDocumentNumber));
      if (document === undefined) return refuse(123);
      const { tags } = decodeDocument(document.bytes);
      return {
        documentTLV: {
          ...Object.fromEntries(tags.map(({ tag, value }) => [String(tag), tagText(value)])),
          fiscalDocumentType: Object.keys(atolDocumentTypes).find(
            (name) => atolDocumentTypes[name] === document.documentCode,
          ),
          short: false,
          qr: '',
        },
        ...(task.withRawData === true && quirks.noRawData !== true
          ? { rawData: Buffer.from(document.bytes.subarray(4)).toString('base64') }
          : {}),
      };
    },
    ofdExchangeStatus: exchange,
    reportOfdExchangeStatus(task) {
      const electronically = task.electronically === true;
      if (!electronically) needPaper();
      const document = write(21, operatorTags(task));
      const result = done(document, 'ОТЧЁТ О СОСТОЯНИИ РАСЧЁТОВ', [], { printed: !electronically });
      return { ...result, ...exchange() };
    },
    getLicenses: () => ({ licenses: [{ id: 'EMULATOR', state: 'active' }] }),
    getMcu: () => ({
      mcu: { partId: 'EMULATOR', partName: 'EMULATOR', sn: state.kktSerialNumber },
      dataFlash: { jedecId: 0, name: 'EMULATOR', size: 0 },
      framEeprom: { name: 'EMULATOR', size: 0 },
    }),
    getDeviceParameters(task) {
      const keys = Array.isArray(task.keys) ? task.keys : [...state.settings.keys()];
      return {
        deviceParameters: keys.map((one) => {
          const key = settingKey(one);
          const value = state.settings.get(key);
          return value === undefined
            ? { key, errorCode: 11, errorDescription: 'Нет такой настройки' }
            : { key, value, errorCode: 0, errorDescription: 'Ошибок нет' };
        }),
      };
    },
    setDeviceParameters(task) {
      const list = Array.isArray(task.deviceParameters) ? task.deviceParameters : [];
      if (state.fn.status().shiftOpen) refuse(191, 'settings are changed in a closed shift');
      return {
        deviceParameters: list.map((one: unknown) => {
          if (!isAtolObject(one)) return refuse(501, 'deviceParameters');
          const key = settingKey(one.key);
          if (typeof one.value !== 'string' || one.value.length > 255)
            return { key, errorCode: 164, errorDescription: 'Неверное значение настройки' };
          state.settings.set(key, one.value);
          return { key, errorCode: 0, errorDescription: 'Ошибок нет' };
        }),
      };
    },
    setDateTime(task) {
      const match = /^(\d{4})\.(\d{2})\.(\d{2}) (\d{2}:\d{2}:\d{2})$/.exec(String(task.dateTime));
      if (match === null) return refuse(77, 'dateTime');
      if (state.fn.status().shiftOpen) refuse(83);
      const wanted = `${match[1]}-${match[2]}-${match[3]}T${match[4]}`;
      let seconds: number;
      try {
        seconds = localToUnixSeconds(wanted);
      } catch {
        return refuse(77, 'dateTime');
      }
      const last = state.fn.status().lastDocumentAt;
      if (last !== undefined && wanted.slice(0, 16) < last) refuse(36);
      const shown = localToUnixSeconds(now());
      state.clockOffset += (seconds - shown) * 1000;
      return {};
    },
  };
}
