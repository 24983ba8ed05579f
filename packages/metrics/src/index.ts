export { DURATION_BUCKETS, defaultRegistry, type Measured, metrics } from './metrics.ts';
