export { type WatchedConsumer, watchBroker, watchConsumers } from './broker-metrics.ts';
export { processDescriber, STATE_WITHIN_MS } from './describe-process.ts';

export { type Process, startProcess, startProcessWithoutEvents } from './start-process.ts';
