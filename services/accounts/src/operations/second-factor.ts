import { Problem, problems } from '@guichet/errors';
import { type Peer, PeerUnreachableError } from '@guichet/http';
import type { Caller } from '@guichet/tokens';
import { z } from 'zod';
import type { Bank, SecondFactor } from '../bank.ts';
import { refuse } from '../errors.ts';

const AuthsAnswer = z.object({ enabled: z.boolean(), valid: z.boolean() });

/** Above the bank's step-up amount, a member with a second factor gives a code of it. @throws Problem totp_required, invalid_totp */
export async function requireSecondFactor(
  bank: Bank,
  caller: Caller,
  amountMinor: bigint,
  code: string | undefined,
  correlationId: string,
): Promise<void> {
  if (amountMinor <= bank.rules.stepUpAboveMinor) return;
  const outcome = await bank.secondFactor(caller.userId, code, correlationId);
  if (outcome === 'missing') throw refuse.totp_required();
  if (outcome === 'wrong') throw refuse.invalid_totp();
}

/** The second factor as auth keeps it. */
export function askAuth(auth: Peer): SecondFactor {
  return async (userId, code, correlationId) => {
    try {
      const { status, body } = await auth.request({
        method: 'POST',
        path: '/internal/totp/verify',
        body: { user_id: userId, ...(code === undefined ? {} : { code }) },
        correlationId,
      });
      if (status === 429) throw problems.too_many_requests(undefined, { headers: { 'Retry-After': '30' } });
      if (status !== 200) throw new PeerUnreachableError(`auth answered ${status} about a second factor`);
      const { enabled, valid } = AuthsAnswer.parse(body);
      if (!enabled) return 'not_enrolled';
      if (code === undefined) return 'missing';
      return valid ? 'right' : 'wrong';
    } catch (cause) {
      if (cause instanceof Problem) throw cause;
      throw problems.unavailable('The second factor cannot be checked now', {
        headers: { 'Retry-After': '1' },
        cause,
      });
    }
  };
}
