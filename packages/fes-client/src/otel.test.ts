import { metrics, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { otelAttempts } from './otel.js';

// The API alone is a peer; an SDK is played by the few members that a report touches.

afterEach(() => {
  trace.disable();
  metrics.disable();
});

const event = {
  operation: 'preAuthPurchase',
  requestId: '0b5c3f0e-6d0a-4f6e-9a55-2f4a2d1f9c11',
  attempt: 2,
  durationMs: 120,
} as const;

describe('otelAttempts', () => {
  it('reports a span and a measurement for each exchange', () => {
    const seen: unknown[] = [];
    const span = { setStatus: (status: unknown) => seen.push(status), end: () => seen.push('end') };
    trace.setGlobalTracerProvider({
      getTracer: () => ({
        startSpan: (name: string, options: unknown) => {
          seen.push(name, options);
          return span;
        },
      }),
    } as never);
    metrics.setGlobalMeterProvider({
      getMeter: () => ({
        createHistogram: () => ({
          record: (value: number, attributes: unknown) => seen.push(value, attributes),
        }),
      }),
    } as never);
    const report = otelAttempts();
    report({ ...event, outcome: 'unknown', httpStatus: 502, errorCode: 'FES_SERVER_ERROR' });
    const attributes = {
      'elcert.fes.operation': 'preAuthPurchase',
      'elcert.fes.attempt': 2,
      'elcert.outcome': 'unknown',
      'http.response.status_code': 502,
      'error.type': 'FES_SERVER_ERROR',
    };
    expect(seen).toEqual([
      120,
      attributes,
      'FES preAuthPurchase',
      expect.objectContaining({
        attributes: { ...attributes, 'elcert.fes.request_id': event.requestId },
      }),
      { code: 2, message: 'FES_SERVER_ERROR' },
      'end',
    ]);
  });

  it('does nothing without an SDK', () => {
    expect(() => otelAttempts()({ ...event, outcome: 'done' })).not.toThrow();
  });
});
