import { runMigrations } from '@guichet/database';
import { GRANTS } from './grants.ts';
import { addMonths } from './months/add-months.ts';

// Runs before the service, as the migration user: in an init container, or as a process of its own.
await runMigrations('logging', new URL('../migrations/', import.meta.url), GRANTS, addMonths);
