import { newId } from '@guichet/database';
import type { Row } from './row.ts';
import type { World } from './world.ts';

const superuserOnly = { scope: 'agents:manage' } as const;
const deadLetter = (world: World) => world.mailer.addDeadMail();
/** The dead letters of a reason that no other test uses. */
async function reasonOfOne(world: World): Promise<string> {
  const reason = `refused ${newId()}`;
  await world.mailer.addDeadMail({ reason });
  return reason;
}

export const MAILER_ROWS: Readonly<Record<string, Row>> = {
  'GET /api/mail/dead-letters': { ...superuserOnly, superuser: 200 },
  'GET /api/mail/dead-letters/{id}': { ...superuserOnly, superuser: 200, target: deadLetter },
  'POST /api/mail/dead-letters/{id}/send-again': { ...superuserOnly, superuser: 204, target: deadLetter },
  'POST /api/mail/dead-letters/{id}/discard': { ...superuserOnly, superuser: 204, target: deadLetter },
  'POST /api/mail/dead-letters/send-again': {
    ...superuserOnly,
    superuser: 200,
    target: reasonOfOne,
    body: (_world, _caller, reason) => ({ reason }),
  },
  'POST /api/mail/dead-letters/discard': {
    ...superuserOnly,
    superuser: 200,
    target: reasonOfOne,
    body: (_world, _caller, reason) => ({ reason }),
  },
};
