import { runOutboxCommand } from '@guichet/outbox';

/** `npm run outbox --workspace services/accounts -- list|retry|discard`: events that the broker refused permanently. */
await runOutboxCommand('accounts');
