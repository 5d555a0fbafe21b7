import { fiscalSignBytes, type Receipt, type RegisterContext } from '@elcert/fiscal-doc';

/** A certificate sale for paper: goods of a certificate, ordinary ones, two QR codes. */
export const receipt: Receipt = {
  settlementType: 'sale',
  taxation: 'general',
  lines: [
    {
      name: 'Трость опорная, регулируемая по высоте, с устройством противоскольжения',
      price: 150_000,
      quantity: '1',
      unit: 'piece',
      vat: '10',
      method: 'full',
      subject: 'goods',
      truCode: '329921120.06001010200080001643',
    },
    {
      name: 'Ортопедическая обувь сложная',
      price: 550_000,
      quantity: '2',
      unit: 'piece',
      vat: 'none',
      method: 'full',
      subject: 'goods',
      truCode: '325022154.09000110100000000643',
    },
    { name: 'Пакет', price: 1099, quantity: '1', unit: 'piece', vat: '22', method: 'full', subject: 'goods' },
  ],
  payments: { electronic: 1_251_099 },
  cashier: { name: 'Щёткина Ж. Ю.', inn: '500100732259' },
  buyerContact: 'buyer@example.org',
  certificate: {
    basketId: '0f8fad5b-d9cb-469f-a165-70867728950e',
    certificateAmount: 1_203_258,
    cardAmount: 47_841,
  },
};

/** The register that has made it. */
export const register: RegisterContext = {
  fiscalDriveNumber: '9999078900001234',
  fiscalDocumentNumber: 12,
  fiscalSign: fiscalSignBytes('3153580303'),
  dateTime: '2026-11-22T14:05:00',
  shiftNumber: 1,
  receiptNumber: 3,
  kktRegistrationNumber: '0000000001036066',
  userInn: '7700000009',
  user: 'ООО "Ортосалон"',
  address: '101000, г. Москва, ул. Мясницкая, д. 1',
  place: 'Ортосалон на Мясницкой',
};
