import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BankAt } from '../bank-at.ts';
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
  bank: BankAt;
  say: (text: string) => void;
}

/**
 * Lets two people of the moment live through the bank, by its public API alone: they register, are activated, open accounts, one pays in and
 * sends money to the other, the log tells of it, and the books add up. Then everything is undone: what was posted is reversed,
 * the accounts are closed, the people and the agents who served them are deleted. Other customers notice nothing.
 * @throws Error naming the step that did not do what it should; what was made is undone then too
 */
export async function moveMoney({ bank, say }: Test): Promise<void> {
  const mark = `test-${randomBytes(4).toString('hex')}`;
  const head = await ApiClient.signedIn(bank.origin, bank.superuser);
  const staff = hire(bank, head, mark);
  /** How to undo what was done, the last thing first. */
  const undo: { what: string; run: () => Promise<unknown> }[] = [
    { what: 'sign the superuser out', run: () => head.post('/api/auth/logout') },
    { what: 'delete the agents', run: () => staff.dismiss() },
  ];
  let failure: unknown = null;
  try {
    const [payer, payee] = [await register('payer'), await register('payee')];
    say(`registered and activated ${payer.login.username} and ${payee.login.username}`);
    const from = await openAccount(payer);
    const to = await openAccount(payee);
    say('opened an account for each');
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
    say(`paid in ${DEPOSIT_MINOR} and sent on ${TRANSFER_MINOR}, in minor units; both balances are right`);
    await findLogEntry(payer, transfer);
    say('the log tells of the transfer');
    await expectBooksAddUp();
    say('the books add up');
  } catch (error) {
    failure = error;
  }
  const left: string[] = [];
  for (const { what, run } of undo.reverse()) {
    await run().catch((error: Error) => left.push(`could not ${what}: ${error.message}`));
  }
  if (failure !== null) throw withNotes(failure, left);
  if (left.length > 0) throw new Error(left.join('\n'));
  say('undid all of it: money reversed, accounts closed, people deleted');

  async function register(name: string): Promise<Person> {
    const login = { username: `${mark}-${name}`, password: newPassword() };
    const user = await new ApiClient(bank.origin).post<{ id: string; status: string }>('/api/auth/register', {
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
    return { id: user.id, login, client: await ApiClient.signedIn(bank.origin, login) };
  }

  async function openAccount(owner: Person): Promise<Account> {
    const asked = await owner.client.post<Operation>('/api/accounts', { name: 'Test', type: 'current' });
    const { account_id: id } = await approve(asked);
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

  /** An agent asks for it, so there must be another who approves. */
  async function reverse({ transfer_id }: Operation): Promise<void> {
    const asker = await staff.agent(0);
    await staff.agent(1);
    const request = { type: 'reversal', transfer_id, reason: 'The end of a test' };
    await approve(await asker.client.post<Operation>('/api/operations', request), 1);
  }

  /** As many agents approve as the bank asks for, from the `first` on. */
  async function approve(asked: Operation, first = 0): Promise<Operation> {
    for (let index = first; ; index += 1) {
      const { client } = await staff.agent(index);
      const operation = await client.post<Operation>(`/api/operations/${asked.id}/approve`);
      if (operation.status === 'posted') return operation;
      if (operation.status !== 'approved') {
        throw new Error(
          `operation ${asked.id} became ${operation.status} (${operation.refusal?.code ?? 'no refusal'})`,
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
      if (Date.now() >= end) throw new Error(`the log has no TRANSFER_POSTED of operation ${operation.id}`);
      await sleep(500);
    }
  }

  async function expectBooksAddUp(): Promise<void> {
    const { client } = await staff.agent(0);
    const { ok, checks } = await client.post<{ ok: boolean; checks: { name: string; ok: boolean }[] }>(
      '/api/ledger/reconciliation',
    );
    const broken = checks.filter((check) => !check.ok).map(({ name }) => name);
    if (!ok) throw new Error(`the books do not add up: ${broken.join(', ')}`);
  }
}

/** Agents of the moment, made as they are needed. */
function hire(bank: BankAt, head: ApiClient, mark: string) {
  const agents: Person[] = [];
  return {
    async agent(index: number): Promise<Person> {
      while (agents.length <= index) {
        const login = { username: `${mark}-agent-${agents.length + 1}`, password: newPassword() };
        const { id } = await head.post<{ id: string }>('/api/auth/agents', {
          ...login,
          email: `${login.username}@guichet.example`,
        });
        agents.push({ id, login, client: await ApiClient.signedIn(bank.origin, login) });
      }
      return agents[index] as Person;
    },
    async dismiss(): Promise<void> {
      for (const { id } of agents) await head.delete(`/api/auth/users/${id}`);
    },
  };
}

function withNotes(failure: unknown, notes: readonly string[]): Error {
  const error = failure instanceof Error ? failure : new Error(String(failure));
  return notes.length === 0 ? error : new Error([error.message, ...notes].join('\n'), { cause: error });
}
