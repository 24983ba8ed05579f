export { handleOutbox, runOutboxCommand } from './command.ts';
export { enqueue, enqueueAll } from './enqueue.ts';
export { enqueueEvent } from './enqueue-event.ts';
export { OUTBOX_KEPT_DAYS, type Relay, startRelay } from './relay.ts';
export { eventsOf } from './row.ts';
export { createOutboxTables } from './tables.ts';
