// A certificate sale in a page of code, against emulators on real sockets.
//
//   node --conditions=@elcert/source --import tsx examples/sale.ts
//
// Errors are left to fly here. What a till does with `unknown` is in packages/cli/src/demo/sale.ts, and what survives a
// crash belongs to a journal.
import { randomUUID } from 'node:crypto';
import { formatRubles, systemClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { openLan4Gate } from '@elcert/device-drivers/lan4gate';
import { openShtrihM } from '@elcert/device-drivers/shtrih-m';
import { tcpAddressOf } from '@elcert/emulators/kernel';
import { startWorld } from '@elcert/emulators/world';
import { assumedV1, createFesClient, splitBasket } from '@elcert/fes-client';
import { deliverAll } from '@elcert/ofd-transport/ru';
import { enrichTruCode, parseTruCode } from '@elcert/tru-code';

const world = await startWorld({ seed: 'example' });
const { merchant, cashbox } = world.scenario;
const clock = systemClock();
const fes = createFesClient({
  baseUrl: world.fes.url, // in production https://api1.fes.nspk.ru, with a profile that NSPK has confirmed
  profile: assumedV1,
  credentials: { apiKey: merchant.apiKey, macKey: cashbox.macKey },
  cashboxId: cashbox.id,
});
const terminal = openLan4Gate({
  link: { connect: () => openTcp(tcpAddressOf(world.lan4gate)) },
  ecrNumber: 1,
  merchantNumber: 1,
  clock,
});
const register = await openShtrihM({ connect: () => openTcp(tcpAddressOf(world.shtrihM)) });
const cashier = { name: 'Иванова А. А.' };
await register.openShift(cashier, { operationKey: randomUUID() });

// 1. The article's full code, out of the 19 characters in the shop's books.
const shoes = { name: 'Ортопедическая обувь', price: 749_000, count: 1 };
const truCode = enrichTruCode(parseTruCode('325022154.090001101'), { country: '643' }).full;

// 2. First tap, no PIN; FES says what certificates pay.
const { panHash } = await terminal.readCard();
const basket = await fes.preAuthPurchase({
  panHash,
  articles: [{ articleNumber: 1, truCode, count: shoes.count, price: shoes.price }],
});
const { certificateAmount, ownAmount } = splitBasket(basket);
const basketId = basket.purchaseBasketId;

// 3. Second tap, with PIN: own money first, then the certificate.
const operationKey = randomUUID(); // kept before the call, to ask `lookup` after a lost answer
const paid = await terminal.payCertificate({ operationKey, basketId, panHash, certificateAmount, ownAmount });
if (paid.own !== 'done' || paid.certificate !== 'done') throw new Error(`not paid: ${paid.responseCode}`);

// 4. The fiscal receipt: certificate and card are both non-cash.
const fiscal = await register.registerReceipt(
  {
    settlementType: 'sale',
    taxation: 'general',
    cashier,
    lines: [
      {
        name: shoes.name,
        price: shoes.price,
        quantity: '1',
        vat: 'none',
        method: 'full',
        subject: 'goods',
        truCode,
      },
    ],
    payments: { electronic: shoes.price },
    certificate: { basketId, certificateAmount, cardAmount: ownAmount },
  },
  { operationKey: randomUUID() },
);

// 5. The receipt's data go to FES before the day ends, the documents to their operator.
const { fiscalDriveNumber, fiscalDocumentNumber, fiscalSign, dateTime } = fiscal;
await fes.fiscalReceiptData({
  fiscalDriveNumber,
  fiscalDocumentNumber,
  fiscalSign,
  dateTime,
  basketId,
  certificateAmount,
  totalAmount: shoes.price,
  settlementType: 'sale',
  place: merchant.place,
});
const { delivered } = await deliverAll(register.fnMessages, {
  connect: () => openTcp(tcpAddressOf(world.ofdRu)),
  clock,
});

console.log(
  `certificate ${formatRubles(certificateAmount)}, own ${formatRubles(ownAmount)}, ФД ${fiscal.fiscalDocumentNumber}`,
);
console.log(`documents with the operator: ${delivered}`);
await terminal.close();
await register.close();
await world.stop();
