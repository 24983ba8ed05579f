import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account, Operation, Product } from '@guichet/contract/accounts';
import { ApiClient } from '../demo/client.ts';
import type { Login } from '../demo/logins.ts';
import { newPassword } from '../secrets/secrets.ts';
import { orderPayments } from './order-payments.ts';
import { receivePayments } from './receive-payments.ts';
import { Staff } from './staff.ts';
import { UndoList } from './undo.ts';

const DEPOSIT_MINOR = 1_000;
const TRANSFER_MINOR = 400;
const LOG_WITHIN_MS = 60_000;

interface Person {
  id: string;
  login: Login;
  client: ApiClient;
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
 * to the other, payments come from other banks by file, a standing order is approved and ended, the transfer is in the audit log, and the ledger reconciles. Then it
 * undoes everything, also after a failure: transfers are reversed, payments returned, accounts closed, users deleted. Where staff need a second factor, each agent
 * sets one up; its secret is in this process only.
 * @throws Error that names the step that failed
 */
export async function moveMoney({ origin, agents, say }: Test): Promise<void> {
  const mark = `test-${randomBytes(4).toString('hex')}`;
  const staff = new Staff(origin, agents);
  const undo = new UndoList();
  let failure: unknown = null;
  try {
    const [payer, payee] = [await register('payer'), await register('payee')];
    say(`registered and activated ${payer.login.username} and ${payee.login.username}`);
    const from = await openAccount(payer);
    const to = await openAccount(payee);
    say('opened an account for each user');
    await expectProductOf(payer, from);
    say('the product of the accounts is listed');
    await posted(payer, { type: 'deposit', account_id: from.id, amount: DEPOSIT_MINOR });
    const transfer = await posted(payer, {
      type: 'external_transfer',
      from_account_id: from.id,
      to: { name: to.owner_name, iban: to.iban },
      amount: TRANSFER_MINOR,
      reference: mark,
    });
    await expectBalance(payer, from.id, DEPOSIT_MINOR - TRANSFER_MINOR);
    await expectBalance(payee, to.id, TRANSFER_MINOR);
    say(
      `deposited ${DEPOSIT_MINOR} and transferred ${TRANSFER_MINOR} minor units; both balances are correct`,
    );
    const receivedMinor = await receivePayments({ mark, staff, undo, say }, to);
    await expectBalance(payee, to.id, TRANSFER_MINOR + receivedMinor);
    await orderPayments(
      { staff, undo, say },
      { client: payer.client, from, to, amountMinor: TRANSFER_MINOR },
    );
    await findLogEntry(payer, transfer);
    say('the transfer is in the audit log');
    await expectLedgerReconciles();
    say('the ledger reconciles');
  } catch (error) {
    failure = error;
  }
  const notUndone = await undo.run();
  if (failure !== null) throw withNotes(failure, notUndone);
  if (notUndone.length > 0) throw new Error(notUndone.join('\n'));
  await expectLedgerReconciles();
  say('undid everything: transfers reversed, payments returned, accounts closed, users deleted');

  async function register(name: string): Promise<Person> {
    const login = { username: `${mark}-${name}`, password: newPassword() };
    const user = await new ApiClient(origin).post<{ id: string; status: string }>('/api/auth/register', {
      ...login,
      email: `${login.username}@guichet.example`,
      first_name: 'Test',
      last_name: name,
    });
    const agent = await staff.agent(0);
    undo.add(`delete ${login.username}`, () => agent.delete(`/api/auth/users/${user.id}`));
    if (user.status === 'pending') await agent.post(`/api/auth/users/${user.id}/activate`);
    return { id: user.id, login, client: await ApiClient.signedIn(origin, login) };
  }

  async function openAccount(owner: Person): Promise<Account> {
    const requested = await owner.client.post<Operation>('/api/accounts', { name: 'Test', type: 'current' });
    const { account_id: id } = await staff.approve(requested);
    undo.add(`close the account of ${owner.login.username}`, () => closeAccount(owner, id ?? ''));
    return owner.client.get<Account>(`/api/accounts/${id}`);
  }

  async function closeAccount(owner: Person, id: string): Promise<void> {
    await staff.approve(await owner.client.post<Operation>(`/api/accounts/${id}/close`));
  }

  async function posted(
    who: Person,
    request: Record<string, unknown> & { type: Operation['type'] },
  ): Promise<Operation> {
    const requested = await who.client.post<Operation>('/api/operations', request);
    undo.add(`reverse the ${request.type}`, () => staff.takeBack(requested));
    return staff.approve(requested);
  }

  async function expectProductOf(who: Person, { product }: Account): Promise<void> {
    const { items } = await who.client.get<{ items: Product[] }>('/api/products?limit=200');
    if (!items.some(({ code }) => code === product)) throw new Error(`product ${product} is not listed`);
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
    const agent = await staff.agent(0);
    const { ok, checks } = await agent.post<{ ok: boolean; checks: { name: string; ok: boolean }[] }>(
      '/api/ledger/reconciliation',
    );
    const broken = checks.filter((check) => !check.ok).map(({ name }) => name);
    if (!ok) throw new Error(`the ledger does not reconcile: ${broken.join(', ')}`);
  }
}

function withNotes(failure: unknown, notes: readonly string[]): Error {
  const error = failure instanceof Error ? failure : new Error(String(failure));
  return notes.length === 0 ? error : new Error([error.message, ...notes].join('\n'), { cause: error });
}
