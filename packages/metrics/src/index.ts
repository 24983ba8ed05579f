export { DURATION_BUCKETS, defaultRegistry, metrics } from './metrics.ts';
