import type { Attributes } from './recorder.ts';

/** The samplers of the OpenTelemetry specification, by their names in OTEL_TRACES_SAMPLER. */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type Sampler = (typeof SAMPLERS)[number];

export interface Exporting {
  /** The address of the collector, without the path of the signal. */
  endpoint: string;
  headers: Record<string, string>;
  sampler: Sampler;
  /** The part of the traces that the ratio samplers record. */
  ratio: number;
  /** What describes the process in its spans. */
  resource: Attributes;
  /** Called after each export, with null if it succeeded. */
  onOutcome: (failure: Error | null) => void;
  everyMs?: number;
}
