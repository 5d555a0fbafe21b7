import { z } from 'zod';
import { type Operation, operations } from './operations.js';
import { namedSchemas } from './schemas.js';

/** Descriptions of path parameters. */
const parameters: Readonly<Record<string, string>> = {
  device: 'name of the device in the configuration',
  operationKey: 'Idempotency-Key of the document',
  barcode: 'GTIN',
};

const about =
  'A cash core for Kazakhstan on the local machine. Sums are whole tiyn, quantities decimal text, times local without a zone. ' +
  'Names and paths are of this service: they are not those of CashCore, which are not public. Every document carries an ' +
  'Idempotency-Key, a UUID that the caller keeps before the call: the same key with the same body gives the same document, and never a ' +
  'second one, as long as it is among the last 1000 of its device; with another body it is refused. Only models of the State Register of cash registers may be used for fiscal registration; this software is not one of them.';

const refusals: Readonly<Record<string, string>> = {
  400: 'the request or a value in it is wrong: see path',
  401: 'no operator has this PIN',
  403: 'the operator may not do it',
  404: 'no such device, path or article',
  409: 'refused by the device or by the operator (ОФД)',
  413: 'the body is longer than 1 MiB',
  422: 'the Idempotency-Key stands for another document',
  423: 'the device is blocked',
  429: 'too many wrong PINs: see Retry-After',
  500: 'the state file is not written, or an error nobody has foreseen: after a document see outcome',
  503: 'the device or the service cannot work now',
  504: 'the outcome is not known: repeat with the same key, or look it up',
};

function operationOf(operation: Operation) {
  const { id, summary, role, body, result, makesDocument, path, query = {} } = operation;
  const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: parameters[name] ?? name,
    schema: { type: 'string' },
  }));
  const asked = Object.entries(query).map(([name, description]) => ({
    name,
    in: 'query',
    required: false,
    description,
    schema: { type: 'string' },
  }));
  const key = {
    name: 'Idempotency-Key',
    in: 'header',
    required: true,
    description: 'UUID of the document, kept by the caller before the call',
    schema: { type: 'string', format: 'uuid' },
  };
  const json = (name: string) => ({
    'application/json': { schema: { $ref: `#/components/schemas/${name}` } },
  });
  return {
    operationId: id,
    summary,
    ...(role === 'administrator' ? { description: 'For administrators.' } : {}),
    parameters: [...named, ...asked, ...(makesDocument === true ? [key] : [])],
    ...(body === undefined ? {} : { requestBody: { required: true, content: json(body) } }),
    responses: {
      200: { description: 'done', content: json(result) },
      ...Object.fromEntries(
        Object.entries(refusals).map(([status, description]) => [
          status,
          { description, content: json('Error') },
        ]),
      ),
    },
    security: [{ pin: [] }],
  };
}

/** The description of the service, OpenAPI 3.1, made of its operations and schemas. */
export function openApiDocument(version: string) {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(namedSchemas)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    target: 'draft-2020-12',
    io: 'input',
    uri: (id) => `#/components/schemas/${id}`,
  });
  const plain = Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _dialect, $id: _id, ...schema }]) => [name, schema]),
  );
  const paths: Record<string, Record<string, object>> = {
    '/v1/ping': {
      get: {
        operationId: 'ping',
        summary: 'Whether the service is there; needs no PIN',
        responses: {
          200: {
            description: 'done',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Ping' } } },
          },
        },
        security: [],
      },
    },
  };
  for (const operation of operations)
    paths[operation.path] = { ...paths[operation.path], [operation.method]: operationOf(operation) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'elcert kz serve',
      version,
      description: about,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: plain,
      securitySchemes: {
        pin: { type: 'http', scheme: 'bearer', description: 'The PIN of an operator.' },
      },
    },
  };
}
