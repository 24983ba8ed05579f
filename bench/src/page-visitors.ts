import type { BulkDecision, NewOperation } from '@guichet/contract/accounts';
import { Browser } from '../../frontend/src/testing/browser.ts';
import type { BenchBank, BenchPerson } from './bench-bank.ts';
import type { BenchAccount } from './seed.ts';

/** A user who has signed in on the pages. */
export interface Visitor {
  /** The Cookie header of their browser. */
  cookie: string;
  /** A token for the API. */
  token: string;
  /** The first of their accounts; empty for an agent. */
  accountId: string;
}

export interface Visitors {
  members: readonly Visitor[];
  agents: readonly Visitor[];
}

/** Of each account: money sent to the next account, and as much received from the one before. */
const POSTED_EACH = 30;
/** More is refused by the route of bulk decisions. */
const DECIDED_AT_ONCE = 1_000;

/**
 * Gives each account 30 payments in each direction, and each member two transfers and a deposit that wait and a transfer that was
 * refused; then signs everyone in through the pages.
 */
export async function openVisitors(bench: BenchBank, accounts: readonly BenchAccount[]): Promise<Visitors> {
  const { members, agents } = bench;
  const [agent] = agents;
  if (agent === undefined) throw new Error('the bench has no agent');
  const accountsOf = (person: BenchPerson) => accounts.filter(({ ownerId }) => ownerId === person.id);
  const transfers = members.map((member) => ({
    member,
    accounts: accountsOf(member),
    transfer: (from: BenchAccount, number: number): NewOperation => ({
      type: 'external_transfer',
      from_account_id: from.id,
      to: { name: `Payee ${number % 7}`, iban: accounts[(from.rank + 1) % accounts.length]?.iban ?? '' },
      amount: 1_000 + number * 137,
      reference: `Invoice 2026-${number}`,
    }),
  }));
  const toPost: string[] = [];
  const toRefuse: string[] = [];
  for (const { member, accounts: own, transfer } of transfers) {
    for (const account of own) {
      for (let number = 0; number < POSTED_EACH; number += 1)
        toPost.push(await requested(bench, member, transfer(account, number)));
    }
  }
  await decide(
    bench,
    agent,
    toPost.map((id) => ({ id, decision: 'approve' })),
  );
  for (const { member, accounts: own, transfer } of transfers) {
    const [first, second = first] = own;
    if (first === undefined || second === undefined) throw new Error('a member has no account');
    await requested(bench, member, transfer(first, 101));
    await requested(bench, member, transfer(second, 102));
    await requested(bench, member, { type: 'deposit', account_id: first.id, amount: 25_000 });
    toRefuse.push(await requested(bench, member, transfer(first, 103)));
  }
  const reason = 'The invoice is for another company';
  await decide(
    bench,
    agent,
    toRefuse.map((id) => ({ id, decision: 'reject', reason })),
  );
  const url = `http://127.0.0.1:${bench.bank.settings.ports.public}`;
  const visitor = async (person: BenchPerson): Promise<Visitor> => ({
    cookie: await signIn(url, person),
    token: person.token,
    accountId: accountsOf(person)[0]?.id ?? '',
  });
  return {
    members: await Promise.all(members.map(visitor)),
    agents: await Promise.all(agents.map(visitor)),
  };
}

async function requested(
  { accounts }: BenchBank,
  member: BenchPerson,
  operation: NewOperation,
): Promise<string> {
  const headers = { authorization: `Bearer ${member.token}` };
  const { status, body } = await accounts.request({
    method: 'POST',
    path: '/api/operations',
    body: operation,
    headers,
  });
  if (status !== 201) throw new Error(`an operation was refused: ${JSON.stringify(body)}`);
  return (body as { id: string }).id;
}

async function decide(
  { accounts }: BenchBank,
  agent: BenchPerson,
  items: BulkDecision['items'],
): Promise<void> {
  const headers = { authorization: `Bearer ${agent.token}` };
  for (let at = 0; at < items.length; at += DECIDED_AT_ONCE) {
    const { status, body } = await accounts.request({
      method: 'POST',
      path: '/api/operations/decisions',
      body: { items: items.slice(at, at + DECIDED_AT_ONCE) },
      headers,
      timeoutMs: 60_000,
    });
    const undecided = (body as { items?: { error: unknown }[] }).items?.find(({ error }) => error !== null);
    if (status !== 200 || undecided !== undefined)
      throw new Error(`a decision was refused: ${JSON.stringify(undecided ?? body)}`);
  }
}

/** Signs in on the page for it, and returns the Cookie header of every request from then on. */
async function signIn(url: string, { username, password }: BenchPerson): Promise<string> {
  const browser = new Browser(url);
  await browser.signIn(username, password);
  return browser.cookieHeader;
}
