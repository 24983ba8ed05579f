import { sentence } from '@guichet/contract/events';
import { problems } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { changeAsCaller } from '../users/change-as-caller.ts';
import { endSessions } from './end-sessions.ts';

/** Ends one of the caller's sessions, this one or another. @throws Problem `not_found` for any session that is not theirs and open */
export async function revokeSession(
  deps: Deps,
  caller: Caller,
  sessionId: string,
  origin: Origin,
): Promise<void> {
  const now = deps.clock();
  await changeAsCaller(deps, caller, async (trx, user) => {
    const ended = await endSessions(deps, trx, { userId: user.id, only: sessionId }, 'revoked', now);
    if (ended.count === 0) throw problems.not_found();
    await enqueue(trx, [
      ...ended.messages,
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'SESSION_REVOKED',
        level: 'INFO',
        subject: { type: 'session', id: sessionId },
        concerns: [user.id],
        sentence: sentence`${nameOf(user)} ended one of their sessions.`,
      }),
    ]);
  });
}
