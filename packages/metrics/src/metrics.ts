import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export const defaultRegistry = new Registry();
collectDefaultMetrics({ register: defaultRegistry });
// Gauges whose names end like a counter's, against the conventions of Prometheus; the ones without the ending have the same numbers by type.
for (const name of ['handles', 'requests', 'resources'])
  defaultRegistry.removeSingleMetric(`nodejs_active_${name}_total`);

/** The buckets of durations in seconds. The thresholds of the SLOs, 0.25 and 0.5, must be among them. */
export const DURATION_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Described<Label extends string = never> {
  name: string;
  help: string;
  labelNames?: readonly Label[];
}

/** The value of a gauge at a scrape: a number, a number for each set of labels, or null for no value. */
export type Measured = number | null | readonly (readonly [labels: Record<string, string>, value: number])[];

/** Registers metrics of this process, on the registry that the admin port serves. */
export const metrics = {
  counter: <Label extends string = never>(described: Described<Label>) =>
    new Counter<Label>({ ...described, registers: [defaultRegistry] }),
  histogram: <Label extends string = never>(described: Described<Label> & { buckets?: number[] }) =>
    new Histogram<Label>({ ...described, registers: [defaultRegistry] }),
  /** A gauge that is measured at each scrape. */
  gauge: (described: Described<string>, measure: () => Measured | Promise<Measured>): void =>
    metrics.gauges({ value: described }, async () => ({ value: await measure() })),
  /** Gauges that share one measurement. If it fails they have no value, rather than an old one. */
  gauges<Name extends string>(
    described: Readonly<Record<Name, Described<string>>>,
    measure: () => Promise<Readonly<Record<Name, Measured>>> | Readonly<Record<Name, Measured>>,
  ): void {
    let inFlight: Promise<Readonly<Record<Name, Measured>> | null> | null = null;
    const measureOnce = () => {
      inFlight ??= Promise.resolve()
        .then(measure)
        .catch(() => null)
        .finally(() => {
          inFlight = null;
        });
      return inFlight;
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
