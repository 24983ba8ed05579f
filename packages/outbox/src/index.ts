export { enqueue } from './enqueue.ts';
export { type Relay, type RelayStats, startRelay } from './relay.ts';
export { createOutboxTables } from './tables.ts';
