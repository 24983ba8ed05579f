import { readSettings, systemClock } from '@guichet/config';
import { runDeadLettersCommand } from '@guichet/dead-letters';
import { createOpener } from '@guichet/events';
import { loggingSettings } from './config.ts';
import { handleLog } from './intake/take-log.ts';
import { handlePeople } from './people/follow-people.ts';

/** `npm run dead-letters --workspace services/logging -- list|retry|discard` */
const { LOG_SEALING_SEED: seed } = readSettings({ LOG_SEALING_SEED: loggingSettings.LOG_SEALING_SEED });
await runDeadLettersCommand((db) => ({
  LOG: handleLog({
    db,
    clock: systemClock,
    open: seed === undefined ? null : createOpener(seed),
    onStored: () => undefined,
  }),
  USERS: handlePeople(db),
}));
