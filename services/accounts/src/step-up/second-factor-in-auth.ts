import { type SecondFactorCheck, SecondFactorCheckView } from '@guichet/contract/auth';
import { Problem, problems } from '@guichet/errors';
import { type Peer, PeerUnreachableError } from '@guichet/http';
import type { Proof, SecondFactor } from '../deps.ts';

/** Checks second factors with auth. */
export function secondFactorInAuth(auth: Pick<Peer, 'request'>): SecondFactor {
  return async (userId, proof, correlationId) => {
    try {
      const { status, body } = await auth.request({
        method: 'POST',
        path: '/internal/second-factor/verify',
        body: { user_id: userId, ...written(proof) } satisfies SecondFactorCheck,
        correlationId,
      });
      if (status === 429) throw problems.too_many_requests(undefined, { headers: { 'Retry-After': '30' } });
      if (status === 404) throw problems.unauthenticated();
      if (status !== 200) throw new PeerUnreachableError(`auth answered ${status} about a second factor`);
      const { enabled, valid } = SecondFactorCheckView.parse(body);
      if (!enabled) return 'not_enrolled';
      if (proof === null) return 'missing';
      return valid ? 'right' : 'wrong';
    } catch (cause) {
      if (cause instanceof Problem) throw cause;
      throw problems.unavailable('The second factor can’t be checked right now', {
        headers: { 'Retry-After': '1' },
        cause,
      });
    }
  };
}

function written(proof: Proof | null): Omit<SecondFactorCheck, 'user_id'> {
  if (proof === null) return { code: null };
  if ('code' in proof) return proof;
  const { value, amountMinor, currency, iban } = proof.stepUp;
  return { step_up: { value, amount: Number(amountMinor), currency, iban } };
}
