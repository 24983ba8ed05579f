import type { Account, Operation, OperationEntry } from '@guichet/contract/accounts';
import type { LogEntry } from '@guichet/contract/logging';
import type { PageContext } from '../../request-context.ts';
import { settle } from '../settle.ts';
import { type Step, timelineOf } from './rules.ts';

export interface OperationDetails {
  operation: Operation;
  steps: Step[];
  from: Account | null;
  to: Account | null;
  /** The ledger entries, for each account of this bank that took part. */
  postings: { account: Account; entry: OperationEntry }[];
  /** Null while the log is unavailable. */
  log: LogEntry[] | null;
}

/** Loads what the services know about an operation. @throws Problem not_found if the user can't see it */
export async function loadOperation(ctx: PageContext, id: string): Promise<OperationDetails> {
  const { accounts, logging } = ctx.state.api;
  const [operation, posted, entries] = await Promise.all([
    accounts.operation(id),
    settle(ctx, 'postings', accounts.entriesOf(id)),
    settle(ctx, 'log', logging.entries({ operation: id, limit: 100 })),
  ]);
  // The other account may belong to someone else; then only the operation names it.
  const find = (accountId: string | null): Promise<Account | null> =>
    accountId === null ? Promise.resolve(null) : accounts.account(accountId).catch(() => null);
  const [from, to] = await Promise.all([
    find(operation.from_account_id ?? (operation.type === 'deposit' ? null : operation.account_id)),
    find(operation.to_account_id ?? (operation.type === 'deposit' ? operation.account_id : null)),
  ]);
  const ours = [from, to].filter((account) => account !== null);
  const postings = ours.flatMap((account) =>
    (posted?.items ?? [])
      .filter((entry) => entry.account_id === account.id)
      .map((entry) => ({ account, entry })),
  );

  return {
    operation,
    steps: timelineOf(operation),
    from,
    to,
    postings,
    log: entries === null ? null : entries.items.toReversed(),
  };
}
