import { runOutboxCommand } from '@guichet/outbox';

/** `npm run outbox --workspace services/auth -- list|retry|discard`: events that the broker refused for good. */
await runOutboxCommand('auth');
