import type { Account, Operation, OperationEntry } from '@guichet/contract/accounts';
import type { LogEntry } from '@guichet/contract/logging';
import type { PageContext } from '../../request-context.ts';
import { sentenceOf } from '../logs/sentence.ts';
import { sentenceToReader } from '../logs/sentence-to-reader.ts';
import { currentUser } from '../page.ts';
import { settle } from '../settle.ts';
import { type Reversal, type Step, timelineOf } from './rules.ts';
import { type UsualWait, usualWait } from './usual-wait.ts';

export interface OperationDetails {
  operation: Operation;
  steps: Step[];
  from: Account | null;
  to: Account | null;
  /** The ledger entries, for each account of this bank that took part. */
  postings: { account: Account; entry: OperationEntry }[];
  /** How long the requester's earlier requests of this kind took; null if it is not known, or if nothing waits. */
  usual: UsualWait | null;
  /** What the log says, in sentences; null while it is unavailable. */
  log: { time: string; sentence: string }[] | null;
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
  const [reversal, usual] = await Promise.all([
    findReversal(ctx, operation, ours),
    findUsualWait(ctx, operation),
  ]);
  const postings = ours.flatMap((account) =>
    (posted?.items ?? [])
      .filter((entry) => entry.account_id === account.id)
      .map((entry) => ({ account, entry })),
  );

  return {
    operation,
    steps: timelineOf(operation, reversal),
    usual,
    from,
    to,
    postings,
    log: entries === null ? null : entries.items.toReversed().map((entry) => logLine(ctx, entry)),
  };
}

function logLine(ctx: PageContext, entry: LogEntry): { time: string; sentence: string } {
  const { views, locale } = ctx.state;
  const { id, role } = currentUser(ctx);
  const sentence =
    role === 'member' ? sentenceToReader(views, locale, entry, id) : sentenceOf(views, locale, entry);
  return { time: entry.time, sentence };
}

/** The reversal of an operation. Its requester can't open the agent's request, so their account shows it. */
async function findReversal(
  ctx: PageContext,
  operation: Operation,
  [account]: readonly Account[],
): Promise<Reversal | null> {
  const { reversed_by_transfer_id: transferId } = operation;
  if (transferId === null || account === undefined) return null;
  const filter = { type: 'reversal', limit: 50 };
  const entries = await settle(ctx, 'postings', ctx.state.api.accounts.transactions(account.id, filter));
  const entry = entries?.items.find(({ transfer_id: id }) => id === transferId);
  const isAgent = currentUser(ctx).role === 'agent';
  const href =
    isAgent && entry !== undefined
      ? `/operations/${entry.operation_id}`
      : `/accounts/${account.id}?type=reversal`;
  return { at: entry?.posted_at ?? null, href };
}

const EARLIER = 20;

async function findUsualWait(ctx: PageContext, { status, type }: Operation): Promise<UsualWait | null> {
  if ((status !== 'pending' && status !== 'approved') || currentUser(ctx).role !== 'member') return null;
  const filter = { type, limit: EARLIER };
  const earlier = await settle(ctx, 'requests', ctx.state.api.accounts.operations(filter));
  return earlier === null ? null : usualWait(earlier.items);
}
