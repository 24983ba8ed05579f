import { type TotpCheck, TotpCheckView } from '@guichet/contract/auth';
import { Problem, problems } from '@guichet/errors';
import { type Peer, PeerUnreachableError } from '@guichet/http';
import type { SecondFactor } from '../deps.ts';

/** Checks second factors with auth. */
export function secondFactorInAuth(auth: Pick<Peer, 'request'>): SecondFactor {
  return async (userId, code, correlationId) => {
    try {
      const { status, body } = await auth.request({
        method: 'POST',
        path: '/internal/totp/verify',
        body: { user_id: userId, code } satisfies TotpCheck,
        correlationId,
      });
      if (status === 429) throw problems.too_many_requests(undefined, { headers: { 'Retry-After': '30' } });
      if (status === 404) throw problems.unauthenticated();
      if (status !== 200) throw new PeerUnreachableError(`auth answered ${status} about a second factor`);
      const { enabled, valid } = TotpCheckView.parse(body);
      if (!enabled) return 'not_enrolled';
      if (code === null) return 'missing';
      return valid ? 'right' : 'wrong';
    } catch (cause) {
      if (cause instanceof Problem) throw cause;
      throw problems.unavailable('The security code can’t be checked right now', {
        headers: { 'Retry-After': '1' },
        cause,
      });
    }
  };
}
