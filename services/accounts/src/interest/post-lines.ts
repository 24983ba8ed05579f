import type { Transaction } from '@guichet/database';
import type { ScheduledJob } from '@guichet/scheduled-jobs';
import { type AccountWithOwner, findOpenAccountsOf, lockAccounts, readAccounts } from '../accounts/store.ts';
import type { Deps } from '../deps.ts';
import { definitionOf } from '../operations/kinds/index.ts';
import type { Operation } from '../operations/operation.ts';
import {
  keepPosting,
  PAGE_PARTS,
  type PostedPart,
  partFacts,
  postPages,
  postPart,
  writeParts,
} from '../operations/post-parts.ts';
import { readOperations } from '../operations/store.ts';
import type { InterestLine, InterestRun } from '../products/interest-run.ts';
import {
  lockPostingRun,
  nextLines,
  settleAccruals,
  writeLines,
  writeRunProgress,
} from '../products/run-store.ts';
import { hasWebhooks } from '../webhook-queue/queue-store.ts';

/**
 * Posts the lines of approved interest runs, in transactions of some hundred. What becomes of a line is written in the transaction that posts it, under the lock of its
 * run: so each is posted once over all replicas and crashes. @param runId of all runs if it's null @returns how many lines it handled
 */
export function postLines(
  deps: Deps,
  {
    runId = null,
    signal,
    pageRows = PAGE_PARTS,
  }: { runId?: string | null; signal?: AbortSignal; pageRows?: number } = {},
): Promise<number> {
  return postPages(deps, (trx) => postPage(trx, deps, runId, pageRows), signal);
}

export function keepPostingLines(deps: Deps): ScheduledJob {
  return keepPosting(deps, 'interest_runs', (signal) => postLines(deps, { signal }));
}

/** Posts the next lines. @returns how many, or null if no run has any */
async function postPage(
  trx: Transaction,
  deps: Deps,
  runId: string | null,
  pageRows: number,
): Promise<number | null> {
  const [run, isHooked] = await trx.query(lockPostingRun(runId), hasWebhooks());
  if (run === null) return null;
  const [lines, operations] = await trx.query(nextLines(run, pageRows), readOperations([run.operationId]));
  const request = operations.get(run.operationId);
  if (request === undefined) throw new Error(`interest run ${run.operationId} has no operation`);
  const { accounts, heirs } = await lockPaid(trx, run, lines);
  const now = deps.clock();
  const posted = lines.flatMap((line) => postLine(line, { request, run, accounts, heirs, now }) ?? []);
  const last = lines.at(-1);
  await trx.commit(
    ...writeParts(posted, { accounts, isHooked, now }),
    settleAccruals(
      run.month,
      lines.filter(({ status }) => status === 'posted'),
    ),
    writeLines(lines),
    writeRunProgress({
      ...run,
      nextNumber: last === undefined ? run.nextNumber : last.number + 1,
      state: lines.length < pageRows ? 'posted' : 'posting',
    }),
  );
  return lines.length;
}

/** Locks the accounts of lines, and for each that was closed another one of its owner, who still gets the interest. */
async function lockPaid(trx: Transaction, run: InterestRun, lines: readonly InterestLine[]) {
  const ids = lines.map(({ accountId }) => accountId);
  const [read] = await trx.query(readAccounts(ids));
  const closed = [...read.values()].filter(({ status }) => status !== 'open');
  const [open] = await trx.query(
    findOpenAccountsOf(
      closed.map(({ ownerId }) => ownerId),
      run.currency,
    ),
  );
  const heirs = new Map(
    closed.flatMap(({ id, ownerId }) => {
      const heir = open.get(ownerId);
      return heir === undefined ? [] : [[id, heir] as const];
    }),
  );
  const [accounts] = await trx.query(lockAccounts([...ids, ...heirs.values()]));
  return { accounts, heirs };
}

interface LineFacts {
  request: Operation;
  run: InterestRun;
  accounts: ReadonlyMap<string, AccountWithOwner>;
  /** The account that is paid in the place of each closed one. */
  heirs: ReadonlyMap<string, string>;
  now: Date;
}

/** Posts one line in memory. @returns null if it was skipped */
function postLine(line: InterestLine, lineFacts: LineFacts): PostedPart | null {
  const { accounts, now } = lineFacts;
  const operation = operationOf(line, lineFacts);
  const facts = partFacts(accounts);
  const refusal = definitionOf(operation).refuse(operation, facts);
  line.status = refusal === null ? 'posted' : 'skipped';
  line.reason = refusal?.code ?? null;
  // After this point it must succeed.
  return refusal === null ? postPart(operation, { facts, accounts, now }) : null;
}

function operationOf(line: InterestLine, { request, run, accounts, heirs, now }: LineFacts): Operation {
  const isCredit = line.kind === 'interest';
  const isClosed = accounts.get(line.accountId)?.status !== 'open';
  const accountId = isCredit && isClosed ? (heirs.get(line.accountId) ?? line.accountId) : line.accountId;
  return {
    ...request,
    id: line.id,
    kind: line.kind,
    status: 'posted',
    amountMinor: line.amountMinor,
    accountId: isCredit ? accountId : null,
    fromAccountId: isCredit ? null : accountId,
    reference: run.month,
    requiredApprovals: 0,
    approvedBy: null,
    refusal: null,
    correlationId: null,
    createdAt: now,
    decidedAt: now,
  };
}
