import type { BenchBank } from './bench-bank.ts';
import { type BenchAccount, seedWaitingTransfers } from './seed.ts';

const NEW_OPERATIONS = 1_000;
const ROUNDS = 3;

/** A run of reconciliation that was requested over HTTP. */
export interface ReconciliationMeasured {
  name: string;
  isFull: boolean;
  /** The entries whose running balance was checked. */
  checked: number;
  seconds: number;
}

/** Runs everything once, then what is new: nothing, 1,000 requests, and their approvals; several times. */
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
    await run('1,000 requests', false);
    const items = ids.map((id) => ({ id, decision: 'approve' }));
    await post(bench, '/api/operations/decisions', { items });
    await run('1,000 approvals', false);
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
