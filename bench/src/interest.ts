import { setTimeout as sleep } from 'node:timers/promises';
import { bankTimeZone, createCalendar, lastMonthOver } from '@guichet/calendar';
import type { BenchBank } from './bench-bank.ts';

const RATE = 250;
const POLL_MS = 50;
const GIVE_UP_MS = 600_000;

export interface InterestMeasured {
  accounts: number;
  days: number;
  seconds: number;
}

/** Times how long the running bank takes to add the interest of `days` days for every account, as after as many days without it; and checks the sum. */
export async function measureInterest({ database }: BenchBank, days: number): Promise<InterestMeasured> {
  const first = 'DATE_SUB(CURRENT_DATE, INTERVAL 1 DAY)';
  // The accounts were filled a moment ago, and only this benchmark may say that it was earlier.
  await database.query('DROP TRIGGER entries_refuse_update');
  await database.query(`UPDATE entries SET posted_at = posted_at - INTERVAL ${days + 2} DAY`);
  await database.query(`UPDATE accounts SET opened_at = opened_at - INTERVAL ${days + 2} DAY`);
  await database.query(
    `INSERT INTO product_terms VALUES ('current', DATE_SUB(CURRENT_DATE, INTERVAL ${days + 5} DAY), ${RATE}, 0, 0, 0)`,
  );
  const [[facts]] = (await database.query(
    'SELECT COUNT(*) AS accounts, SUM(balance) AS balance FROM accounts',
  )) as unknown as [[{ accounts: number; balance: string }]];
  await database.query(`UPDATE accrual_progress SET through = DATE_SUB(through, INTERVAL ${days} DAY)`);
  const [[began]] = (await database.query('SELECT through FROM accrual_progress')) as unknown as [
    [{ through: string }],
  ];
  const progress = async () => {
    const [[row]] = (await database.query(
      `SELECT through, HEX(after_account_id) AS after, DATEDIFF(${first}, through) AS missing FROM accrual_progress`,
    )) as unknown as [[{ through: string; after: string; missing: number }]];
    return row;
  };
  const giveUpAt = performance.now() + GIVE_UP_MS;
  let startedAt: number | null = null;
  for (;;) {
    const { through, after, missing } = await progress();
    const now = performance.now();
    if (startedAt === null && (through !== began.through || /[1-9A-F]/.test(after))) startedAt = now;
    if (startedAt !== null && missing <= 0) {
      await checkSum(database, BigInt(facts.balance) * BigInt(RATE) * BigInt(days));
      return { accounts: Number(facts.accounts), days, seconds: (now - startedAt) / 1000 };
    }
    if (now > giveUpAt) throw new Error(`interest was added through ${through} only`);
    await sleep(POLL_MS);
  }
}

async function checkSum(database: BenchBank['database'], expected: bigint): Promise<void> {
  const [[row]] = (await database.query('SELECT SUM(accrued) AS accrued FROM accruals')) as unknown as [
    [{ accrued: string }],
  ];
  if (BigInt(row.accrued) !== expected) throw new Error(`${row.accrued} was added instead of ${expected}`);
}

export interface RunMeasured {
  lines: number;
  /** Until the request was answered, with its lines stored. */
  requestSeconds: number;
  /** From the approval until the last line was posted. */
  postSeconds: number;
}

/** Times an interest run over everything that was added until the end of the last month. */
export async function measureRun({ accounts, agents, database }: BenchBank): Promise<RunMeasured> {
  const calendar = createCalendar(bankTimeZone.parse(undefined));
  const month = lastMonthOver(calendar.dateOf(new Date()));
  const post = async (path: string, by: number, body?: unknown) => {
    const headers = { authorization: `Bearer ${agents[by]?.token}` };
    const reply = await accounts.request({ method: 'POST', path, body, headers, timeoutMs: 600_000 });
    if (reply.status >= 300) throw new Error(`${path} answered ${JSON.stringify(reply.body)}`);
    return reply.body as { id: string; interest_run: { count: number } };
  };
  const requestedAt = performance.now();
  const run = await post('/api/interest-runs', 0, { month });
  const approvedAt = performance.now();
  await post(`/api/operations/${run.id}/approve`, 1);
  for (;;) {
    const [[row]] = (await database.query('SELECT state FROM interest_runs')) as unknown as [
      [{ state: string }],
    ];
    if (row.state === 'posted') break;
    if (performance.now() - approvedAt > GIVE_UP_MS) throw new Error('the run was not posted');
    await sleep(POLL_MS);
  }
  const lines = run.interest_run.count;
  const [[posted]] = (await database.query(
    "SELECT COUNT(*) AS posted FROM entries WHERE type = 'interest'",
  )) as unknown as [[{ posted: number }]];
  if (Number(posted.posted) !== lines) throw new Error(`${posted.posted} of ${lines} lines were posted`);
  return {
    lines,
    requestSeconds: (approvedAt - requestedAt) / 1000,
    postSeconds: (performance.now() - approvedAt) / 1000,
  };
}
