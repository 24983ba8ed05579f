import { setTimeout as sleep } from 'node:timers/promises';
import { type Problem, problems } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import { change, type Deps, type Origin } from '../deps.ts';
import { mailTo } from '../journal.ts';
import { issueLink } from '../links/issue-link.ts';
import { askForMail, askFromNetwork } from '../quotas/ask-for-mail.ts';
import { lockUserByEmail, type UserRow } from '../users/store.ts';

/** Longer than the work takes for any address, so that the time of the answer tells nothing. */
const ANSWER_AFTER_MS = 100;

/**
 * Mails a link that sets a new password, where somebody has the address; the answer is the same where nobody does.
 * @throws Problem `too_many_requests`
 */
export async function forgotPassword(deps: Deps, email: string, origin: Origin): Promise<void> {
  const [tooMany] = await Promise.all([sendLink(deps, email, origin), sleep(ANSWER_AFTER_MS)]);
  if (tooMany !== null) throw tooMany;
}

/** @returns the refusal where a quota is used up: returned, not thrown, for what was counted must be committed */
async function sendLink(deps: Deps, email: string, origin: Origin): Promise<Problem | null> {
  return change(deps, async (trx) => {
    const now = deps.clock();
    const waits = [
      origin.ip === null ? null : await askFromNetwork(trx, origin.ip, now),
      await askForMail(trx, email, now),
    ].filter((seconds) => seconds !== null);
    if (waits.length > 0) {
      return problems.too_many_requests('Too many mails were asked for', {
        headers: { 'Retry-After': String(Math.max(...waits)) },
      });
    }
    const user = await lockUserByEmail(trx, email);
    if (user?.email == null || user.status === 'deactivated' || user.status === 'rejected') return null;
    const purpose = isInvited(user) ? 'invite' : 'recover';
    const link = await issueLink(deps, trx, { userId: user.id, purpose, email: user.email }, now);
    await enqueue(trx, mailTo(user, now, origin, { template: 'recover', data: { link } }));
    return null;
  });
}

/** An agent whose invitation has lapsed may ask for another themselves. */
function isInvited(user: UserRow): boolean {
  return user.role === 'agent' && user.status === 'pending' && user.password_hash === null;
}
