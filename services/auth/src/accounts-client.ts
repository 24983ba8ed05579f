import { problems } from '@guichet/errors';
import type { Peer } from '@guichet/http';
import { refuse } from './errors.ts';
import { personalDataIn, type ReadPersonalData } from './personal-data/personal-data-peer.ts';

/** The requests that this service sends to accounts. */
export interface AccountsClient {
  /**
   * Closes the empty accounts of a user who is about to be deleted.
   * @throws Problem `user_has_accounts` if money is left or a request is pending, `unavailable` if accounts does not answer
   */
  leave(userId: string, correlationId: string | null): Promise<void>;
  readPersonalData: ReadPersonalData;
}

export function createAccountsClient(peer: Pick<Peer, 'request'>): AccountsClient {
  return {
    async leave(userId, correlationId) {
      const reply = await peer
        .request({
          method: 'POST',
          path: `/internal/people/${userId}/leave`,
          ...(correlationId === null ? {} : { correlationId }),
        })
        .catch((cause: unknown) => {
          throw unavailable('accounts did not answer', cause);
        });
      if (reply.status === 204 || reply.status === 200) return;
      if (reply.status === 409) throw refuse.user_has_accounts();
      throw unavailable(`accounts answered ${reply.status}`);
    },
    readPersonalData: personalDataIn('accounts', peer),
  };
}

function unavailable(internal: string, cause?: unknown) {
  return problems.unavailable(undefined, { headers: { 'Retry-After': '5' }, internal, cause });
}
