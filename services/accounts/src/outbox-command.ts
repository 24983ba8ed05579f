import { runOutboxCommand } from '@guichet/outbox';

/** `npm run outbox --workspace services/accounts -- list|retry|discard` for events that the broker refused for good, `republish --since 2h` for published ones. */
await runOutboxCommand('accounts');
