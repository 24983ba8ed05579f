import { randomBytes } from 'node:crypto';
import { ApiClient } from '@guichet/jobs/demo/client';
import type { Login } from '@guichet/jobs/demo/logins';
import { newPassword } from '@guichet/jobs/secrets/secrets';
import { superuserOf, throughDoor } from './door.ts';
import type { Kube } from './kube.ts';

/** Those on whose behalf the load is made: an agent, and a member with one open account. */
export interface LoadPeople {
  agent: Login;
  member: Login;
  accountId: string;
}

/** What the bank says of the account after a load. */
export interface Books {
  balanceMinor: number;
  /** Entries of the log that tell of a deposit posted. */
  depositsInLog: number;
  addUp: boolean;
  chainHolds: boolean;
}

export async function makeLoadPeople(kube: Kube): Promise<LoadPeople> {
  const mark = `load-${randomBytes(3).toString('hex')}`;
  const agent = { username: `${mark}-agent`, password: newPassword() };
  const member = { username: `${mark}-member`, password: newPassword() };
  const superuser = await superuserOf(kube);
  return throughDoor(kube, async (origin) => {
    const head = await ApiClient.signedIn(origin, superuser);
    await head.post('/api/auth/agents', { ...agent, email: `${agent.username}@guichet.example` });
    const clerk = await ApiClient.signedIn(origin, agent);
    const { id } = await clerk.post<{ id: string }>('/api/auth/register', {
      ...member,
      email: `${member.username}@guichet.example`,
    });
    await clerk.post(`/api/auth/users/${id}/activate`);
    const customer = await ApiClient.signedIn(origin, member);
    const asked = await customer.post<{ id: string; account_id: string }>('/api/accounts', {
      name: 'Load',
      type: 'current',
    });
    await clerk.post(`/api/operations/${asked.id}/approve`);
    return { agent, member, accountId: asked.account_id };
  });
}

export function readBooks(kube: Kube, { agent, accountId }: LoadPeople): Promise<Books> {
  return throughDoor(kube, async (origin) => {
    const clerk = await ApiClient.signedIn(origin, agent);
    const account = await clerk.get<{ balance: number }>(`/api/accounts/${accountId}`);
    const stats = await clerk.get<{ total: number }>('/api/logs/stats?type_action=DEPOSIT_POSTED');
    const books = await clerk.post<{ ok: boolean }>('/api/ledger/reconciliation');
    const chain = await clerk.get<{ ok: boolean }>('/api/logs/verify');
    return {
      balanceMinor: account.balance,
      depositsInLog: stats.total,
      addUp: books.ok,
      chainHolds: chain.ok,
    };
  });
}
