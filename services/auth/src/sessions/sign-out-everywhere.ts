import { sentence } from '@guichet/contract/events';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { changeAsCaller } from '../users/change-as-caller.ts';
import { endSessions } from './end-sessions.ts';

/** Ends every session of the caller, this one too. Personal API tokens stay. */
export async function signOutEverywhere(deps: Deps, caller: Caller, origin: Origin): Promise<void> {
  const now = deps.clock();
  await changeAsCaller(deps, caller, async (trx, user) => {
    const ended = await endSessions(deps, trx, { userId: user.id }, 'logout', now);
    await enqueue(trx, [
      ...ended.messages,
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'LOGOUT',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(user)} signed out everywhere.`,
        data: { session_id: caller.sessionId, reason: 'everywhere', sessions_ended: ended.count },
      }),
    ]);
  });
}
