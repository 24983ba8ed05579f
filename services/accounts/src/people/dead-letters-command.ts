import { eventKeySettings, readSettings } from '@guichet/config';
import { runDeadLettersCommand } from '@guichet/dead-letters';
import { createEnvelope, toEventKeys } from '@guichet/events';
import { enqueueEvent } from '@guichet/outbox';
import { handlePeople } from './follow-people.ts';

/** `npm run dead-letters --workspace services/accounts -- list|retry|discard` */
await runDeadLettersCommand({
  service: 'accounts',
  envelope: () => createEnvelope('accounts', toEventKeys(readSettings(eventKeySettings))),
  handlingsFor: (db) => ({ USERS: handlePeople(db) }),
  record: enqueueEvent,
});
