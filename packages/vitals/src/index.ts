export { watchBroker, watchConsumer } from './watch-broker.ts';
export { watchDatabase } from './watch-database.ts';
export { watchOutbox } from './watch-outbox.ts';
export { watchProcess } from './watch-process.ts';
