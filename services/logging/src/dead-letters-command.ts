import { eventKeySettings, readSettings } from '@guichet/config';
import { runDeadLettersCommand } from '@guichet/dead-letters';
import { createEnvelope, toEventKeys } from '@guichet/events';
import { systemClock } from '@guichet/time';
import { storeEvents } from './intake/store-events.ts';
import { handleLog } from './intake/take-log.ts';
import { handlePeople } from './people/follow-people.ts';

/** `npm run dead-letters --workspace services/logging -- list|retry|discard` */
await runDeadLettersCommand({
  service: 'logging',
  envelope: () => createEnvelope('logging', toEventKeys(readSettings(eventKeySettings))),
  handlingsFor: (db) => ({
    LOG: handleLog({ db, clock: systemClock, onStored: () => undefined }),
    USERS: handlePeople({ db, clock: systemClock }),
  }),
  record: (db, event) => storeEvents(db, [event], systemClock()),
});
