import { runMigrations } from '@guichet/database';

// The service does the same when it starts; on its own this runs before it, in an init container.
await runMigrations('accounts', new URL('../migrations/', import.meta.url));
