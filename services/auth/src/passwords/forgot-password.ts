import { setTimeout as sleep } from 'node:timers/promises';
import { sentence } from '@guichet/contract/events';
import { enqueue } from '@guichet/outbox';
import { actionLogged, nameOf } from '../audit.ts';
import { change, type Deps, type Origin } from '../deps.ts';
import { issueLink } from '../links/issue-link.ts';
import { mailTo } from '../messages.ts';
import { byMailAddress, byNetwork, useOrRefuse } from '../quotas/use-quotas.ts';
import { lockUserByEmail } from '../users/store.ts';

/** Longer than the work takes for any address, so that the response time reveals nothing. */
const ANSWER_AFTER_MS = 100;

/**
 * Mails a link that sets a new password if a user has the address; the response is the same if no user does.
 * @throws Problem `too_many_requests`
 */
export async function forgotPassword(deps: Deps, email: string, origin: Origin): Promise<void> {
  await Promise.all([sendLink(deps, email, origin), sleep(ANSWER_AFTER_MS)]);
}

async function sendLink(deps: Deps, email: string, origin: Origin): Promise<void> {
  await useOrRefuse(
    deps,
    byNetwork('recovery_from_network', origin),
    byMailAddress('mail_to_address', email, origin),
  );
  await change(deps, async (trx) => {
    const now = deps.clock();
    const user = await lockUserByEmail(trx, email);
    await enqueue(trx, [
      actionLogged(now, origin, {
        actor: null,
        action: 'RECOVERY_REQUESTED',
        subject: user === null ? null : { type: 'user', id: user.id },
        concerns: user === null ? [] : [user.id],
        sentence:
          user === null
            ? sentence`A password reset was requested for an address that no user has.`
            : sentence`A password reset was requested for ${nameOf(user)}.`,
      }),
    ]);
    if (user?.email == null || user.status === 'deactivated' || user.status === 'rejected') return;
    const link = await issueLink(deps, trx, { userId: user.id, purpose: 'recover', email: user.email }, now);
    await enqueue(trx, mailTo(user, now, origin, { template: 'recover', data: { link } }));
  });
}
