import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export const defaultRegistry = new Registry();
collectDefaultMetrics({ register: defaultRegistry });

/** Where the SLOs' thresholds lie: 0.25 and 0.5 must be among them. */
export const DURATION_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const requestDuration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Time from the first byte of a request to the end of its reply, by route template.',
  labelNames: ['method', 'route', 'status'],
  buckets: DURATION_BUCKETS,
  registers: [defaultRegistry],
});

/** Observes a finished request; `route` is a template, never a path, for each new value is a new series. */
export function observeRequest(method: string, route: string, status: number, seconds: number): void {
  requestDuration.observe({ method, route, status: String(status) }, seconds);
}

interface Described<Label extends string = never> {
  name: string;
  help: string;
  labelNames?: readonly Label[];
}

/** What a gauge shows at a scrape: a number, one for each set of labels, or null where there is none to show. */
export type Measured = number | null | readonly (readonly [labels: Record<string, string>, value: number])[];

/** Makes metrics of this process, on the registry that the admin port serves. */
export const metrics = {
  counter: <Label extends string = never>(described: Described<Label>) =>
    new Counter<Label>({ ...described, registers: [defaultRegistry] }),
  histogram: <Label extends string = never>(described: Described<Label> & { buckets?: number[] }) =>
    new Histogram<Label>({ ...described, registers: [defaultRegistry] }),
  /** A gauge that is measured at each scrape. */
  gauge: (described: Described<string>, measure: () => Measured | Promise<Measured>): void =>
    metrics.gauges({ value: described }, async () => ({ value: await measure() })),
  /** Gauges of which one measurement tells all. Where it fails they show nothing, rather than what was true once. */
  gauges<Name extends string>(
    described: Readonly<Record<Name, Described<string>>>,
    measure: () => Promise<Readonly<Record<Name, Measured>>> | Readonly<Record<Name, Measured>>,
  ): void {
    let underWay: Promise<Readonly<Record<Name, Measured>> | null> | null = null;
    const measureOnce = () => {
      underWay ??= Promise.resolve()
        .then(measure)
        .catch(() => null)
        .finally(() => {
          underWay = null;
        });
      return underWay;
    };
    for (const name of Object.keys(described) as Name[]) {
      new Gauge<string>({
        ...described[name],
        registers: [defaultRegistry],
        async collect() {
          const measured = (await measureOnce())?.[name] ?? null;
          if (described[name].labelNames === undefined) this.remove();
          else this.reset();
          for (const [labels, value] of samplesOf(measured)) this.set(labels, value);
        },
      });
    }
  },
};

function samplesOf(measured: Measured): readonly (readonly [Record<string, string>, number])[] {
  if (measured === null) return [];
  return typeof measured === 'number' ? [[{}, measured]] : measured;
}
