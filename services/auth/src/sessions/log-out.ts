import { sentence } from '@guichet/contract/events';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { changeAsCaller } from '../users/change-as-caller.ts';
import { endSessions } from './end-sessions.ts';

/** Ends the caller's own session. */
export async function logOut(deps: Deps, caller: Caller, origin: Origin): Promise<void> {
  const now = deps.clock();
  await changeAsCaller(deps, caller, async (trx, user) => {
    const ended = await endSessions(deps, trx, { userId: user.id, only: caller.sessionId }, 'logout', now);
    if (ended.count === 0) return;
    await enqueue(trx, [
      ...ended.messages,
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'LOGOUT',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(user)} signed out.`,
        data: { session_id: caller.sessionId },
      }),
    ]);
  });
}
