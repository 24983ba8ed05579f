import { runDeadLettersCommand } from '@guichet/dead-letters';
import { handlePeople } from './follow-people.ts';

/** `npm run dead-letters --workspace services/accounts -- list|retry|discard` */
await runDeadLettersCommand((db) => ({ USERS: handlePeople(db) }));
