import { systemClock } from '@guichet/config';
import { runDeadLettersCommand } from '@guichet/dead-letters';
import { createOpener } from '@guichet/events';
import { handleLog } from './intake/take-log.ts';
import { handlePeople } from './people/follow-people.ts';

/** `npm run dead-letters --workspace services/logging -- list|retry|discard` */
const seed = process.env.LOG_SEALING_SEED;
await runDeadLettersCommand((db) => ({
  LOG: handleLog({
    db,
    clock: systemClock,
    open: seed === undefined ? null : createOpener(seed),
    onStored: () => undefined,
  }),
  USERS: handlePeople(db),
}));
