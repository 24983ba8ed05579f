import type { ProcessSettings } from '@guichet/config';
import type { Log } from '@guichet/log';
import { startTracing } from '@guichet/tracing';
import { RELEASE } from './release.ts';

/** Exports the traces of a process if its settings name a collector, and logs when the collector stops and begins to accept them; otherwise null. */
export async function exportTraces(
  name: string,
  settings: ProcessSettings,
  log: Log,
): Promise<{ stop(): Promise<void> } | null> {
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return null;
  let failing = false;
  const traces = await startTracing({
    endpoint,
    headers: settings.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    sampler: settings.OTEL_TRACES_SAMPLER,
    ratio: settings.OTEL_TRACES_SAMPLER_ARG,
    resource: {
      'service.name': name,
      'service.namespace': 'guichet',
      'service.version': RELEASE.version,
      ...settings.OTEL_RESOURCE_ATTRIBUTES,
      ...(settings.OTEL_SERVICE_NAME === undefined ? {} : { 'service.name': settings.OTEL_SERVICE_NAME }),
    },
    onOutcome(failure) {
      if (failure !== null && !failing) log.warn({ err: failure }, 'traces could not be exported');
      if (failure === null && failing) log.info('traces are exported again');
      failing = failure !== null;
    },
  });
  log.info({ endpoint: new URL(endpoint).origin }, 'traces are exported');
  return traces;
}
