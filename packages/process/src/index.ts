export { watchBroker, watchConsumers } from './broker-metrics.ts';

export { type Process, startProcess, startProcessWithoutEvents } from './start-process.ts';
