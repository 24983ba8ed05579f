export { watchBroker, watchConsumers } from './watch-broker.ts';
export { watchOutbox } from './watch-outbox.ts';
export { watchProcess } from './watch-process.ts';
