import { runOutboxCommand } from '@guichet/outbox';

/** `npm run outbox --workspace services/auth -- list|retry|discard` for events that the broker refused for good, `republish --since 2h` for published ones. */
await runOutboxCommand('auth');
