import type { LinkPurpose } from '@guichet/contract/auth';
import type { Transaction } from '@guichet/database';
import type { Policy } from '../deps.ts';
import { hashOpaqueToken, newOpaqueToken } from '../opaque-token.ts';
import { linkExpiry, linkUrl } from './rules.ts';
import { insertLink } from './store.ts';

/** Creates a link, usually for a mail to `email`. Only its hash is stored, so that a leaked database does not reveal usable links. */
export async function issueLink(
  deps: { policy: Pick<Policy, 'publicUrl'> },
  trx: Transaction,
  {
    userId,
    purpose,
    email,
    sessionId = null,
  }: { userId: string; purpose: LinkPurpose; email: string; sessionId?: string | null },
  now: Date,
): Promise<string> {
  const token = newOpaqueToken();
  await insertLink(trx, {
    token_hash: hashOpaqueToken(token),
    user_id: userId,
    purpose,
    email,
    session_id: sessionId,
    created_at: now,
    expires_at: linkExpiry(purpose, now),
  });
  return linkUrl(deps.policy.publicUrl, purpose, token);
}
