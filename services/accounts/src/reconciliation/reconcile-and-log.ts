import { type Actor, sentence } from '@guichet/contract/events';
import { transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import type { JobRun } from '@guichet/scheduled-jobs';
import { actionLogged } from '../audit.ts';
import type { Deps } from '../deps.ts';
import type { ReconciliationOutcome } from './run-reconciliation.ts';

/** Reconciles, and logs who asked for it and what came of it. */
export async function reconcileAndLog(
  deps: Deps,
  { by, correlationId }: { by: Actor; correlationId: string },
  reconcile: () => Promise<JobRun<ReconciliationOutcome>>,
): Promise<JobRun<ReconciliationOutcome>> {
  const run = await reconcile();
  const { ok: isOk, checks, scope } = run.outcome;
  const event = actionLogged(deps.clock(), correlationId, {
    action: 'LEDGER_RECONCILED',
    level: isOk ? 'INFO' : 'ERROR',
    actor: by,
    subject: null,
    concerns: [],
    sentence: isOk ? sentence`The ledger was reconciled.` : sentence`The ledger does not reconcile.`,
    data: { scope, broken: checks.filter((one) => !one.ok).map(({ name }) => name) },
  });
  await transaction(deps.db, (trx) => enqueue(trx, [event]));
  deps.committed();
  return run;
}
