import { sentence } from '@guichet/contract/events';
import { problems } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { issueLink } from '../links/issue-link.ts';
import { deleteLinks } from '../links/store.ts';
import { mailTo, userChanged } from '../messages.ts';
import { byMailAddress, tooManyRequests, useQuota } from '../quotas/use-quotas.ts';
import { changeSupervised } from '../users/change-as-caller.ts';
import { type UserRow, updateUser } from '../users/store.ts';
import { isInvited, wasJustInvited } from './rules.ts';

/**
 * Mails an agent or a superuser a new invitation, which lasts as long as the first one; earlier links stop working. A repeated request within a
 * minute sends nothing.
 * @throws Problem `not_pending` if they have accepted the invitation, or it was withdrawn; `too_many_requests`
 */
export async function inviteAgain(
  deps: Deps,
  caller: Caller,
  agentId: string,
  origin: Origin,
): Promise<UserRow> {
  return changeSupervised(deps, caller, agentId, async (trx, agent) => {
    if (agent.role === 'member') throw problems.not_found();
    const { email, role } = agent;
    if (!isInvited(agent) || email === null) throw refuse.not_pending();
    const now = deps.clock();
    if (wasJustInvited(agent, now)) return agent;
    const seconds = await useQuota(trx, byMailAddress('mail_to_address', email, origin), now);
    if (seconds !== null) throw tooManyRequests(seconds);
    await deleteLinks(trx, agent.id, ['invite', 'recover']);
    const link = await issueLink(deps, trx, { userId: agent.id, purpose: 'invite', email }, now);
    const invited = await updateUser(trx, agent, { invited_at: now }, now);
    await enqueue(trx, [
      userChanged(invited),
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'AGENT_INVITED_AGAIN',
        subject: { type: 'user', id: agent.id },
        concerns: [agent.id],
        sentence: sentence`${nameOf(caller)} sent ${nameOf(agent)} another invitation.`,
      }),
      ...mailTo(agent, now, origin, { template: 'agent_invited', data: { link, role } }),
    ]);
    return invited;
  });
}
