import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { assumedV1, computeMac, createFesClient } from '@elcert/fes-client';
import type { Comparison } from './harness.js';

// A server that answers at once and checks nothing, in a thread of its own: what is left of the difference is the client.

const keys = {
  apiKey: '11111111-1111-4111-8111-111111111111',
  macKey: '22222222-2222-4222-8222-222222222222',
};
const cashboxId = '0000000000000000027';
const panHash = 'a5'.repeat(32);
const requestId = '0b5c3f0e-6d0a-4f6e-9a55-2f4a2d1f9c11';
const truCode = '329921120.06001010200080001643';

const articles = Array.from({ length: 10 }, (_, index) => ({
  articleNumber: index + 1,
  articleCode: `SKU-${index + 1}`,
  truCode,
  count: 2,
  price: 150_000 + index,
}));

const echoAnswer = JSON.stringify({ result: { code: 0, description: 'elcert' } });
const basketAnswer = JSON.stringify({
  result: { code: 0, description: '' },
  basket: {
    purchaseBasketId: '1'.repeat(24),
    totalCertAmount: 10 * 2 * 100_000,
    article: articles.map(({ articleNumber, articleCode, price }) => ({
      articleNumber,
      articleCode,
      truCode,
      price,
      certificate: [
        { certificateId: '7'.repeat(30), certCount: 2, certPrice: 100_000, certMaxPrice: 100_000 },
      ],
    })),
  },
});

const server = new Worker(
  `const { createServer } = require('node:http');
   const { parentPort, workerData } = require('node:worker_threads');
   const server = createServer((incoming, outgoing) => {
     const answer = workerData[incoming.url];
     incoming.resume().on('end', () => {
       outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
       outgoing.end(answer);
     });
   });
   server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
  { eval: true, workerData: { '/v1/echo': echoAnswer, '/v1/preAuthPurchase': basketAnswer } },
);
server.unref();
const [port] = (await once(server, 'message')) as [number];
const baseUrl = `http://127.0.0.1:${port}`;

const client = createFesClient({ baseUrl, profile: assumedV1, cashboxId, credentials: keys });

/** The same request, written and signed beforehand: nothing is left but `fetch` and the reading of JSON. */
function bareFetch(path: string, members: object): () => Promise<unknown> {
  const text = JSON.stringify({ requestId, cashboxId, ...members });
  const body = new TextEncoder().encode(text);
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json; charset=utf-8',
    'X-API-KEY': keys.apiKey,
    'X-MAC': computeMac(assumedV1.mac, keys.macKey, { verb: 'POST', path, body }),
  };
  return async () => (await fetch(`${baseUrl}${path}`, { method: 'POST', headers, body })).json();
}

/** A call of the client, and the bare `fetch` of the same request, against the same server on loopback. */
export const comparisons: readonly Comparison[] = [
  {
    name: `FES echo over loopback (answer of ${echoAnswer.length} bytes)`,
    ours: 'client.echo',
    peer: 'fetch',
    run: () => client.echo({ message: 'elcert' }),
    runPeer: bareFetch('/v1/echo', { message: 'elcert' }),
  },
  {
    name: `FES pre-auth of 10 positions over loopback (answer of ${basketAnswer.length} bytes)`,
    ours: 'client.preAuthPurchase',
    peer: 'fetch',
    run: () => client.preAuthPurchase({ panHash, articles }),
    runPeer: bareFetch('/v1/preAuthPurchase', { panHash, basket: { article: articles } }),
  },
];

// A call goes through more code than half a second on a busy machine makes hot.
for (const { run, runPeer } of comparisons)
  for (let call = 0; call < 500; call += 1) {
    await run();
    await runPeer();
  }
