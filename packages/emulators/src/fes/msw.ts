import type { FetchLike } from '@elcert/core';
import { type HttpHandler, HttpResponse, http } from 'msw';
import type { FesInMemory } from './memory.js';

async function answer(fetch: FetchLike, request: Request): Promise<Response> {
  const body = new Uint8Array(await request.arrayBuffer());
  try {
    return (await fetch(request.url, {
      method: request.method,
      headers: Object.fromEntries(request.headers),
      signal: request.signal,
      ...(body.length === 0 ? {} : { body }),
    })) as Response;
  } catch {
    return HttpResponse.error();
  }
}

/**
 * FES as a handler of Mock Service Worker, for tests of a page or of Node code that uses the platform's `fetch`. Keys,
 * MAC, books and faults are those of the emulator in memory; a broken connection becomes a network error.
 *
 * @param baseUrl - address that the client was given; everything below it is answered
 * @example
 * ```ts
 * const fes = createFesInMemory({ seed: 1, state: createFesState({ clock, seed: 1, ledger }) });
 * const server = setupServer(...fesHandlers('https://fes.test', fes));
 * server.listen();
 * ```
 */
export function fesHandlers(baseUrl: string, fes: Pick<FesInMemory, 'fetch'>): HttpHandler[] {
  return [http.all(`${baseUrl.replace(/\/+$/, '')}/*`, ({ request }) => answer(fes.fetch, request))];
}
