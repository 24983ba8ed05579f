import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@guichet/testing';
import type { RunningBank } from '@guichet/tools';
import { pacs008 } from '../../../services/accounts/src/payment-files/files.fixture.ts';
import { lastMonth } from '../bank-date.ts';
import type { Person } from '../person.ts';
import { emptyState, postUntilAnswered } from './customers.ts';
import { killAndStart } from './kill-and-start.ts';
import { faultsInLog } from './log-faults.ts';
import { type PartKind, type PostedPart, type PostingWatch, watchPosting } from './posted-parts.ts';
import { listSavings, SAVED_MINOR, SAVED_TEXT, type Savings } from './savings.ts';

/** What became of a payment file and an interest run. */
export interface PostingReport {
  payments: number;
  lines: number;
  /** The processes that were killed, and how many parts were posted before. */
  kills: { name: string; posted: number }[];
  seconds: number;
  /** Parts that are missing, doubled or wrong in the ledger or in the log, and what else is wrong at the end. */
  faults: string[];
}

const POLL_MS = 5;
/** A process that is killed leaves its job to the other one after 15 seconds at most. */
const PROGRESS_WITHIN_MS = 90_000;

/** A part as the agents know it before it's posted. */
interface ExpectedPart {
  kind: PartKind;
  accountId: string;
  /** Signed, in minor units. */
  amountMinor: number;
  reference: string;
}

/**
 * Posts a file of `payments` payments and the interest run of the last month at the same time, with two processes of accounts, and kills these and the database in turn,
 * each after another share of the parts is posted. Then compares the ledger and the log with the file and the lines.
 */
export async function postUnderKills(
  bank: RunningBank,
  {
    agent,
    second,
    saver,
    accounts,
    payments,
    kills,
    say,
  }: {
    agent: Person;
    second: Person;
    saver: Person;
    accounts: readonly Savings[];
    payments: number;
    kills: number;
    say: (text: string) => void;
  },
): Promise<PostingReport> {
  const { name: replica } = await bank.addReplica('accounts');
  const began = performance.now();
  const month = lastMonth();
  const run = await requestRun(agent, month);
  const lines = await readLines(agent, { run, month });
  const paid = planPayments(accounts, payments);
  const file = await sendFile(agent, { payments: paid, accounts });
  const expected = [...paid, ...lines];
  const watch = watchPosting(bank, { fileId: file, runId: run });
  try {
    // Both keep their keys, so that the client may send them again after each kill.
    const approvals = Promise.all(
      [file, run].map((id) =>
        postUntilAnswered(emptyState([]), second, `/api/operations/${id}/approve`, undefined, randomUUID()),
      ),
    );
    const report: PostingReport['kills'] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      const share = Math.floor((expected.length * (kill + 1)) / (kills + 1));
      const name = ['accounts', 'database', replica][kill % 3] as string;
      const posted = await waitForProgress(watch, share);
      await killAndStart(bank, name);
      report.push({ name, posted });
      say(`${name} killed after ${posted} of ${expected.length} payments and lines`);
    }
    await eventually(async () => {
      const states = await watch.readStates();
      return states?.every((state) => state === 'posted');
    }, PROGRESS_WITHIN_MS);
    await approvals;
    const seconds = (performance.now() - began) / 1000;
    const unhurt = report
      .filter(({ posted }) => posted >= expected.length)
      .map(({ name }) => `${name} was killed when everything was posted`);
    const faults = [
      ...unhurt,
      ...(await faultsOf({ agent, saver, watch, expected: [...planSaved(accounts), ...expected] })),
    ];
    return { payments, lines: lines.length, kills: report, seconds, faults };
  } finally {
    await watch.close();
  }
}

/** @returns how many parts are posted, at least `count` */
async function waitForProgress(watch: PostingWatch, count: number): Promise<number> {
  const until = performance.now() + PROGRESS_WITHIN_MS;
  for (;;) {
    const posted = await watch.countPosted();
    if (posted !== null && posted >= count) return posted;
    if (performance.now() > until) throw new Error(`only ${posted} parts were posted, not ${count}`);
    await sleep(POLL_MS);
  }
}

/** Requests the run of the last month once its interest is added up. @returns its operation */
async function requestRun(agent: Person, month: string): Promise<string> {
  const reply = await eventually(async () => {
    const requested = await agent.post('/api/interest-runs', { month });
    if (requested.status !== 201 && requested.body.code !== 'month_not_over') throw new Error(requested.text);
    return requested.status === 201 ? requested : null;
  }, 60_000);
  return reply.body.id;
}

async function readLines(
  agent: Person,
  { run, month }: { run: string; month: string },
): Promise<ExpectedPart[]> {
  const lines: ExpectedPart[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await agent.get(
      `/api/interest-runs/${run}/lines?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    for (const { type, account_id: accountId, amount } of body.items)
      lines.push({ kind: type, accountId, amountMinor: type === 'fee' ? -amount : amount, reference: month });
    cursor = body.next;
  }
  return lines;
}

function planPayments(accounts: readonly Savings[], count: number): ExpectedPart[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: 'incoming_payment' as const,
    accountId: accounts[index % accounts.length]?.id ?? '',
    amountMinor: 1 + (index % 997),
    reference: `Payment ${index}`,
  }));
}

/** The payments by which the accounts got their savings; nothing was killed meanwhile. */
function planSaved(accounts: readonly Savings[]): ExpectedPart[] {
  return accounts.map(({ id }) => ({
    kind: 'incoming_payment',
    accountId: id,
    amountMinor: SAVED_MINOR,
    reference: SAVED_TEXT,
  }));
}

/** Sends the payments as a file. @returns its operation */
async function sendFile(
  agent: Person,
  { payments, accounts }: { payments: readonly ExpectedPart[]; accounts: readonly Savings[] },
): Promise<string> {
  const ibans = new Map(accounts.map(({ id, iban }) => [id, iban]));
  const sent = payments.map(({ accountId, amountMinor, reference }, index) => ({
    endToEndId: `PAY-${index}`,
    amount: (amountMinor / 100).toFixed(2),
    iban: ibans.get(accountId) ?? '',
    text: reference,
  }));
  const { status, body, text } = await agent.send('/api/payments/incoming', pacs008('PAYMENTS', sent));
  if (status !== 202) throw new Error(text);
  return body.id;
}

async function faultsOf({
  agent,
  saver,
  watch,
  expected,
}: {
  agent: Person;
  saver: Person;
  watch: PostingWatch;
  expected: readonly ExpectedPart[];
}): Promise<string[]> {
  const faults: string[] = [];
  const posted: string[] = [];
  for (const kind of ['incoming_payment', 'interest', 'fee'] as const) {
    const parts = expected.filter((part) => part.kind === kind);
    const [operations, entries] = await Promise.all([watch.operations(kind), watch.entries(kind)]);
    faults.push(...compare(parts, operations, 'operations'), ...compare(parts, entries, 'transfers'));
    posted.push(...operations.map(({ id }) => id));
  }
  const balances = new Map<string, number>();
  for (const { accountId, amountMinor } of expected)
    balances.set(accountId, (balances.get(accountId) ?? 0) + amountMinor);
  for (const { id, balance } of await listSavings(saver))
    if (balance !== balances.get(id))
      faults.push(`the balance of ${id} is ${balance} instead of ${balances.get(id)}`);
  const { body, text } = await agent.post('/api/ledger/reconciliation?full=true');
  if (body.ok !== true) faults.push(`the ledger does not reconcile: ${text}`);
  faults.push(...(await faultsInLog(agent, ['PAYMENT_RECEIVED', 'INTEREST_POSTED', 'FEE_POSTED'], posted)));
  return faults;
}

/** Each part is found exactly once, with its account and amount, and nothing else is. */
function compare(expected: readonly ExpectedPart[], found: readonly PostedPart[], what: string): string[] {
  const nameOf = (part: Omit<PostedPart, 'id'>) =>
    `${part.reference}, ${part.amountMinor} for ${part.accountId}`;
  const counts = new Map(expected.map((part) => [nameOf(part), 0]));
  for (const part of found) counts.set(nameOf(part), (counts.get(nameOf(part)) ?? Number.NaN) + 1);
  return [...counts].flatMap(([name, count]) =>
    count === 1 ? [] : `${name}: ${Number.isNaN(count) ? 'unexpected' : count} ${what}`,
  );
}
