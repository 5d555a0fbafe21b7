import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { FesAttemptEvent } from './http/transport.js';

/** Name and version under which spans and metrics appear. */
const scope = '@elcert/fes-client';

/**
 * Makes an `onAttempt` that reports every exchange with FES to OpenTelemetry: a client span `FES <operation>` and the
 * histogram `elcert.fes.attempt.duration` (ms). `@opentelemetry/api` is an optional peer; without an SDK nothing happens.
 *
 * Attributes: operation, attempt, outcome, HTTP status, error code; the request id on spans only. No card data, no keys.
 *
 * @example
 * ```ts
 * import { otelAttempts } from '@elcert/fes-client/otel';
 * const client = createFesClient({ …, onAttempt: otelAttempts() });
 * ```
 */
export function otelAttempts(): (event: FesAttemptEvent) => void {
  const tracer = trace.getTracer(scope);
  const duration = metrics.getMeter(scope).createHistogram('elcert.fes.attempt.duration', {
    description: 'Time of one HTTP exchange with FES',
    unit: 'ms',
  });
  return ({ operation, requestId, attempt, durationMs, outcome, httpStatus, errorCode }) => {
    const attributes = {
      'elcert.fes.operation': operation,
      'elcert.fes.attempt': attempt,
      'elcert.outcome': outcome,
      ...(httpStatus === undefined ? {} : { 'http.response.status_code': httpStatus }),
      ...(errorCode === undefined ? {} : { 'error.type': errorCode }),
    };
    duration.record(durationMs, attributes);
    const endedAt = Date.now();
    const span = tracer.startSpan(`FES ${operation}`, {
      kind: SpanKind.CLIENT,
      startTime: endedAt - durationMs,
      attributes: { ...attributes, 'elcert.fes.request_id': requestId },
    });
    if (errorCode !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: errorCode });
    span.end(endedAt);
  };
}
