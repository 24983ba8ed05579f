import type { Role } from '@guichet/contract';
import { type PersonalDataPage, PersonalDataPageView } from '@guichet/contract/personal-data';
import { problems } from '@guichet/errors';
import type { Peer } from '@guichet/http';

/** The person, and the request that their personal data is read for. */
export interface Person {
  id: string;
  role: Role;
  correlationId: string | null;
}

/**
 * Reads a page of what another service holds about a person, from a cursor or from the beginning.
 * @throws Problem `unavailable` if the service does not answer
 */
export type ReadPersonalData = (person: Person, cursor: string | null) => Promise<PersonalDataPage>;

/** The name of each service's part. */
const PARTS = { accounts: 'accounts', logging: 'log' } as const;
const ANSWER_WITHIN_MS = 15_000;

export function personalDataIn(name: 'accounts' | 'logging', peer: Pick<Peer, 'request'>): ReadPersonalData {
  return async ({ id, role, correlationId }, cursor) => {
    const query = new URLSearchParams({ role, ...(cursor === null ? {} : { cursor }) });
    const reply = await peer
      .request({
        method: 'GET',
        path: `/internal/people/${id}/${PARTS[name]}?${query}`,
        timeoutMs: ANSWER_WITHIN_MS,
        ...(correlationId === null ? {} : { correlationId }),
      })
      .catch((cause: unknown) => {
        throw unavailable(`${name} did not answer`, cause);
      });
    const page = PersonalDataPageView.safeParse(reply.body);
    if (reply.status !== 200 || !page.success) throw unavailable(`${name} answered ${reply.status}`);
    return page.data;
  };
}

function unavailable(internal: string, cause?: unknown) {
  return problems.unavailable(undefined, { headers: { 'Retry-After': '5' }, internal, cause });
}
