import { operations } from './operations.js';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (one) => entities[one] ?? one);
}

/** A page that shows the operations, for a person who opens the service in a browser. */
export function servicePage(version: string): string {
  const rows = operations.map(
    ({ method, path, summary, role, makesDocument }) =>
      `<tr><td><b>${method.toUpperCase()}</b></td><td><code>${escaped(path)}</code></td><td>${escaped(summary)}</td>` +
      `<td>${makesDocument === true ? 'Idempotency-Key' : ''}</td><td>${role === 'administrator' ? 'administrator' : ''}</td></tr>`,
  );
  return (
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>elcert kz serve</title>` +
    '<style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}table{border-collapse:collapse;width:100%}' +
    'td{border-top:1px solid #ccc;padding:.35rem .6rem;vertical-align:top}code{font-size:.95em}</style></head><body>' +
    `<h1>elcert kz serve <small>${escaped(version)}</small></h1>` +
    '<p>A cash core for Kazakhstan on this machine. The whole description is <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1). ' +
    'Every request but these two carries <code>Authorization: Bearer PIN</code>; every document an <code>Idempotency-Key</code>.</p>' +
    '<p>Only models of the State Register of cash registers may be used for fiscal registration; this software is not one of them.</p>' +
    `<table>${rows.join('')}</table></body></html>\n`
  );
}
