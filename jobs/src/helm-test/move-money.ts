import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { TOTP } from 'otpauth';
import { ApiClient } from '../demo/client.ts';
import type { Login } from '../demo/logins.ts';
import { newPassword } from '../secrets/secrets.ts';

const DEPOSIT_MINOR = 1_000;
const TRANSFER_MINOR = 400;
const LOG_WITHIN_MS = 60_000;

interface Operation {
  id: string;
  status: string;
  account_id: string | null;
  transfer_id: string | null;
  refusal: { code: string } | null;
}

interface Person {
  id: string;
  login: Login;
  client: ApiClient;
}

interface Account {
  id: string;
  balance: number;
  iban: string | null;
  owner_name: string;
}

export interface Test {
  /** The bank's public origin. */
  origin: string;
  /** Temporary agents that `guichet-admin test-agents` created; it also removes them. */
  agents: readonly Login[];
  say: (text: string) => void;
}

/**
 * Tests a bank through its public API: two temporary users register, are activated and open accounts, one deposits money and transfers some
 * to the other, the transfer is in the audit log, and the ledger reconciles. Then it undoes everything, also after a failure: transfers are
 * reversed, accounts closed, users deleted. Where staff need a second factor, each agent sets one up; its secret is in this process only.
 * @throws Error that names the step that failed
 */
export async function moveMoney({ origin, agents, say }: Test): Promise<void> {
  const mark = `test-${randomBytes(4).toString('hex')}`;
  const staff = signedInWhenNeeded(origin, agents);
  /** Run in reverse order at the end. */
  const undo: { what: string; run: () => Promise<unknown> }[] = [];
  let failure: unknown = null;
  try {
    const [payer, payee] = [await register('payer'), await register('payee')];
    say(`registered and activated ${payer.login.username} and ${payee.login.username}`);
    const from = await openAccount(payer);
    const to = await openAccount(payee);
    say('opened an account for each user');
    const deposit = await posted(payer, { type: 'deposit', account_id: from.id, amount: DEPOSIT_MINOR });
    undo.push({ what: 'reverse the deposit', run: () => reverse(deposit) });
    const transfer = await posted(payer, {
      type: 'external_transfer',
      from_account_id: from.id,
      to: { name: to.owner_name, iban: to.iban },
      amount: TRANSFER_MINOR,
      reference: mark,
    });
    undo.push({ what: 'reverse the transfer', run: () => reverse(transfer) });
    await expectBalance(payer, from.id, DEPOSIT_MINOR - TRANSFER_MINOR);
    await expectBalance(payee, to.id, TRANSFER_MINOR);
    say(
      `deposited ${DEPOSIT_MINOR} and transferred ${TRANSFER_MINOR} minor units; both balances are correct`,
    );
    await findLogEntry(payer, transfer);
    say('the transfer is in the audit log');
    await expectLedgerReconciles();
    say('the ledger reconciles');
  } catch (error) {
    failure = error;
  }
  const notUndone: string[] = [];
  for (const { what, run } of undo.reverse()) {
    await run().catch((error: Error) => notUndone.push(`could not ${what}: ${error.message}`));
  }
  if (failure !== null) throw withNotes(failure, notUndone);
  if (notUndone.length > 0) throw new Error(notUndone.join('\n'));
  say('undid everything: transfers reversed, accounts closed, users deleted');

  async function register(name: string): Promise<Person> {
    const login = { username: `${mark}-${name}`, password: newPassword() };
    const user = await new ApiClient(origin).post<{ id: string; status: string }>('/api/auth/register', {
      ...login,
      email: `${login.username}@guichet.example`,
      first_name: 'Test',
      last_name: name,
    });
    const agent = await staff.agent(0);
    undo.push({
      what: `delete ${login.username}`,
      run: () => agent.client.delete(`/api/auth/users/${user.id}`),
    });
    if (user.status === 'pending') await agent.client.post(`/api/auth/users/${user.id}/activate`);
    return { id: user.id, login, client: await ApiClient.signedIn(origin, login) };
  }

  async function openAccount(owner: Person): Promise<Account> {
    const requested = await owner.client.post<Operation>('/api/accounts', { name: 'Test', type: 'current' });
    const { account_id: id } = await approve(requested);
    undo.push({
      what: `close the account of ${owner.login.username}`,
      run: () => closeAccount(owner, id ?? ''),
    });
    return owner.client.get<Account>(`/api/accounts/${id}`);
  }

  async function closeAccount(owner: Person, id: string): Promise<void> {
    await approve(await owner.client.post<Operation>(`/api/accounts/${id}/close`));
  }

  async function posted(who: Person, request: Record<string, unknown>): Promise<Operation> {
    return approve(await who.client.post<Operation>('/api/operations', request));
  }

  /** An agent requests it, so a different agent has to approve it. */
  async function reverse({ transfer_id }: Operation): Promise<void> {
    const requester = await staff.agent(0);
    await staff.agent(1);
    const request = { type: 'reversal', transfer_id, reason: 'End of a test' };
    await approve(await requester.client.post<Operation>('/api/operations', request), 1);
  }

  /** Approves with as many agents as the operation needs, starting with number `first`. */
  async function approve(requested: Operation, first = 0): Promise<Operation> {
    for (let index = first; ; index += 1) {
      const { client } = await staff.agent(index);
      const operation = await client.post<Operation>(`/api/operations/${requested.id}/approve`);
      if (operation.status === 'posted') return operation;
      if (operation.status !== 'approved') {
        throw new Error(
          `operation ${requested.id} became ${operation.status} (${operation.refusal?.code ?? 'no refusal'})`,
        );
      }
    }
  }

  async function expectBalance(who: Person, id: string, expectedMinor: number): Promise<void> {
    const { balance } = await who.client.get<Account>(`/api/accounts/${id}`);
    if (balance !== expectedMinor) {
      throw new Error(`${who.login.username} should have ${expectedMinor} and has ${balance}`);
    }
  }

  async function findLogEntry(who: Person, operation: Operation): Promise<void> {
    const end = Date.now() + LOG_WITHIN_MS;
    for (;;) {
      const { items } = await who.client.get<{ items: { action: string }[] }>(
        `/api/logs?operation=${operation.id}`,
      );
      if (items.some(({ action }) => action === 'TRANSFER_POSTED')) return;
      if (Date.now() >= end)
        throw new Error(`the audit log has no TRANSFER_POSTED for operation ${operation.id}`);
      await sleep(500);
    }
  }

  async function expectLedgerReconciles(): Promise<void> {
    const { client } = await staff.agent(0);
    const { ok, checks } = await client.post<{ ok: boolean; checks: { name: string; ok: boolean }[] }>(
      '/api/ledger/reconciliation',
    );
    const broken = checks.filter((check) => !check.ok).map(({ name }) => name);
    if (!ok) throw new Error(`the ledger does not reconcile: ${broken.join(', ')}`);
  }
}

function signedInWhenNeeded(origin: string, logins: readonly Login[]) {
  const clients: ApiClient[] = [];
  return {
    async agent(index: number): Promise<{ client: ApiClient }> {
      while (clients.length <= index) {
        const login = logins[clients.length];
        if (login === undefined) throw new Error(`the test has no more than ${logins.length} agents`);
        clients.push(await signInAsStaff(origin, login));
      }
      return { client: clients[index] as ApiClient };
    },
  };
}

async function signInAsStaff(origin: string, login: Login): Promise<ApiClient> {
  const client = await ApiClient.signedIn(origin, login);
  const { scopes } = await client.get<{ scopes: string[] }>('/api/auth/users/validate-token');
  if (scopes.includes('operations:decide')) return client;
  const { secret } = await client.post<{ secret: string }>('/api/auth/totp', { password: login.password });
  await client.post('/api/auth/totp/confirm', { code: new TOTP({ secret }).generate() });
  await client.refresh();
  return client;
}

function withNotes(failure: unknown, notes: readonly string[]): Error {
  const error = failure instanceof Error ? failure : new Error(String(failure));
  return notes.length === 0 ? error : new Error([error.message, ...notes].join('\n'), { cause: error });
}
