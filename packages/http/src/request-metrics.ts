import { DURATION_BUCKETS, metrics } from '@guichet/metrics';

const requestDuration = metrics.histogram({
  name: 'http_request_duration_seconds',
  help: 'Time from the first byte of a request to the end of its response, by route template.',
  labelNames: ['method', 'route', 'status'],
  buckets: DURATION_BUCKETS,
});

/** Observes a finished request. `route` is a template and never a path, because each new value is a new series. */
export function observeRequest(method: string, route: string, status: number, seconds: number): void {
  requestDuration.observe({ method, route, status: String(status) }, seconds);
}
