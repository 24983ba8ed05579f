import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export const defaultRegistry = new Registry();
collectDefaultMetrics({ register: defaultRegistry });

const requestDuration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Time from the first byte of a request to the end of its reply, by route template.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  registers: [defaultRegistry],
});

/** Observes a finished request. */
export function observeRequest(method: string, route: string, status: number, seconds: number): void {
  requestDuration.observe({ method, route, status: String(status) }, seconds);
}

interface Described<Label extends string> {
  name: string;
  help: string;
  labelNames?: readonly Label[];
}

/** Makes metrics of this process, on the registry that the admin port serves. */
export const metrics = {
  counter: <Label extends string = never>(described: Described<Label>) =>
    new Counter<Label>({ ...described, registers: [defaultRegistry] }),
  histogram: <Label extends string = never>(described: Described<Label> & { buckets?: number[] }) =>
    new Histogram<Label>({ ...described, registers: [defaultRegistry] }),
  /** A gauge that asks `collect` at each scrape; a `collect` that fails leaves the last value. */
  gauge: (described: Described<never>, collect?: () => number | Promise<number>) => {
    const gauge: Gauge = new Gauge({
      ...described,
      registers: [defaultRegistry],
      ...(collect === undefined
        ? {}
        : {
            async collect() {
              const value = await Promise.resolve()
                .then(collect)
                .catch(() => undefined);
              if (value !== undefined) gauge.set(value);
            },
          }),
    });
    return gauge;
  },
};
