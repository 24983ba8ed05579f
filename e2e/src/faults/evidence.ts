import type { Person } from '../person.ts';
import { LOGGED_ACTIONS } from './known-operations.ts';
import type { Load, Member } from './load.ts';
import type { Evidence } from './tally.ts';

/** Reads what the bank has of everything that its customers did, with the bank's own checks of its books and its log. */
export async function collectEvidence(
  { members, agents }: Load,
  mails: ReadonlyMap<string, readonly number[]>,
): Promise<Evidence> {
  const [agent] = agents as [Person];
  const operations: Evidence['operations'][number][] = [];
  const entries: Evidence['entries'][number][] = [];
  const accounts: Evidence['accounts'][number][] = [];
  for (const member of members) {
    for await (const { type, ...one } of pages(member.person, '/api/operations'))
      if (type !== 'open_account') operations.push(one as Evidence['operations'][number]);
    entries.push(...(await entriesOf(member)));
    for (const { id } of member.accounts) accounts.push(await read(member.person, `/api/accounts/${id}`));
  }
  const books = await agent.post('/api/ledger/reconciliation?full=true');
  const verified = await agent.get('/api/logs/verify');
  return {
    operations,
    entries,
    accounts,
    log: await loggedSteps(agent),
    mails,
    reconciliation: books.body?.ok === true ? null : `the ledger does not reconcile: ${books.text}`,
    chain: verified.body?.ok === true ? null : `the hash chain of the log is broken: ${verified.text}`,
  };
}

async function entriesOf({ person, accounts }: Member): Promise<Evidence['entries'][number][]> {
  const entries: Evidence['entries'][number][] = [];
  for (const { id } of accounts)
    for await (const entry of pages(person, `/api/accounts/${id}/transactions`))
      entries.push({ operation: entry.operation_id, account: id, amount: entry.amount });
  return entries;
}

async function loggedSteps(agent: Person): Promise<Evidence['log'][number][]> {
  const steps: Evidence['log'][number][] = [];
  for (const action of LOGGED_ACTIONS) {
    const { text, status } = await agent.get(`/api/logs/export?format=ndjson&type_action=${action}`);
    if (status !== 200) throw new Error(`the log could not be exported: ${text}`);
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const entry = JSON.parse(line);
      steps.push({ operation: entry.operation_id, action: entry.action });
    }
  }
  return steps;
}

// biome-ignore lint/suspicious/noExplicitAny: the tally reads the fields that it compares
async function read(person: Person, path: string): Promise<any> {
  const reply = await person.get(path);
  if (reply.status !== 200) throw new Error(`${path}: ${reply.text}`);
  return reply.body;
}

// biome-ignore lint/suspicious/noExplicitAny: the tally reads the fields that it compares
async function* pages(person: Person, path: string): AsyncGenerator<any> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const body: { items: unknown[]; next: string | null } = await read(
      person,
      `${path}?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    yield* body.items;
    cursor = body.next;
  }
}
