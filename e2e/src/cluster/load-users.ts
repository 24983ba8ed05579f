import { randomBytes } from 'node:crypto';
import { ApiClient } from '@guichet/jobs/demo/client';
import type { Login } from '@guichet/jobs/demo/logins';
import { newPassword } from '@guichet/jobs/secrets/secrets';
import type { Kube } from './kube.ts';
import { superuserOf, withPortForward } from './port-forward.ts';

/** The users of the load: an agent, and a member with one open account. */
export interface LoadUsers {
  agent: Login;
  member: Login;
  accountId: string;
}

/** The state of the account, the log and the ledger before and after a load. */
export interface BankState {
  balanceMinor: number;
  /** The number of DEPOSIT_POSTED entries in the log. */
  depositsInLog: number;
  isReconciled: boolean;
  isChainIntact: boolean;
}

export async function createLoadUsers(kube: Kube): Promise<LoadUsers> {
  const mark = `load-${randomBytes(3).toString('hex')}`;
  const agent = { username: `${mark}-agent`, password: newPassword() };
  const member = { username: `${mark}-member`, password: newPassword() };
  const superuser = await superuserOf(kube);
  return withPortForward(kube, async (origin) => {
    const root = await ApiClient.signedIn(origin, superuser);
    await root.post('/api/auth/agents', { ...agent, email: `${agent.username}@guichet.example` });
    const agentClient = await ApiClient.signedIn(origin, agent);
    const { id } = await agentClient.post<{ id: string }>('/api/auth/register', {
      ...member,
      email: `${member.username}@guichet.example`,
    });
    await agentClient.post(`/api/auth/users/${id}/activate`);
    const memberClient = await ApiClient.signedIn(origin, member);
    const requested = await memberClient.post<{ id: string; account_id: string }>('/api/accounts', {
      name: 'Load',
      type: 'current',
    });
    await agentClient.post(`/api/operations/${requested.id}/approve`);
    return { agent, member, accountId: requested.account_id };
  });
}

export function readState(kube: Kube, { agent, accountId }: LoadUsers): Promise<BankState> {
  return withPortForward(kube, async (origin) => {
    const agentClient = await ApiClient.signedIn(origin, agent);
    const account = await agentClient.get<{ balance: number }>(`/api/accounts/${accountId}`);
    const stats = await agentClient.get<{ total: number }>('/api/logs/stats?type_action=DEPOSIT_POSTED');
    const reconciliation = await agentClient.post<{ ok: boolean }>('/api/ledger/reconciliation');
    const chain = await agentClient.get<{ ok: boolean }>('/api/logs/verify');
    return {
      balanceMinor: account.balance,
      depositsInLog: stats.total,
      isReconciled: reconciliation.ok,
      isChainIntact: chain.ok,
    };
  });
}
