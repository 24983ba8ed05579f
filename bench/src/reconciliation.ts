import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchBank } from './bench-bank.ts';
import { type BenchAccount, seedWaitingTransfers } from './seed.ts';

const NEW_OPERATIONS = 1_000;
const ROUNDS = 3;
/** Longer than the time by which runs overlap: what is new in a round is then not read again in the next one. */
const PAUSE_MS = 125_000;

/** A run of reconciliation that was requested over HTTP. */
export interface ReconciliationMeasured {
  name: string;
  isFull: boolean;
  /** The entries whose running balance was checked. */
  checked: number;
  seconds: number;
}

/** Runs everything, then what is new: nothing, and 1,000 operations that were requested and approved since, several times. */
export async function measureReconciliation(
  bench: BenchBank,
  accounts: readonly BenchAccount[],
  report: (measured: ReconciliationMeasured) => void,
): Promise<ReconciliationMeasured[]> {
  const all: ReconciliationMeasured[] = [];
  const run = async (name: string, isFull: boolean) => {
    const began = performance.now();
    const answer = await post(bench, `/api/ledger/reconciliation?full=${isFull}`);
    const seconds = (performance.now() - began) / 1000;
    const { ok, scope, checks } = answer as Reconciled;
    if (!ok || (scope === 'full') !== isFull) throw new Error(`${name}: ${JSON.stringify(answer)}`);
    const checked = checks.find((check) => check.name === 'running_balances')?.checked ?? 0;
    const measured = { name, isFull, checked, seconds };
    all.push(measured);
    report(measured);
  };
  await run('everything', true);
  for (let round = 0; round < ROUNDS; round += 1) {
    await run('nothing new', false);
    const ids = await seedWaitingTransfers(bench.database, accounts, NEW_OPERATIONS, 'uniform');
    const items = ids.map((id) => ({ id, decision: 'approve' }));
    await post(bench, '/api/operations/decisions', { items });
    await run('1,000 new operations', false);
    await sleep(PAUSE_MS);
  }
  await run('everything', true);
  return all;
}

interface Reconciled {
  ok: boolean;
  scope: string;
  checks: { name: string; checked: number }[];
}

async function post({ accounts, agents }: BenchBank, path: string, body?: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${agents[0]?.token}` };
  const reply = await accounts.request({ method: 'POST', path, body, headers, timeoutMs: 600_000 });
  if (reply.status !== 200) throw new Error(`${path} answered ${JSON.stringify(reply.body)}`);
  return reply.body;
}
