import type { Account, Operation, OperationEntry } from '@guichet/contract/accounts';
import type { LogEntry } from '@guichet/contract/logging';
import type { PageContext } from '../../request-context.ts';
import { sentenceOf } from '../logs/sentence.ts';
import { sentenceToReader } from '../logs/sentence-to-reader.ts';
import { currentUser } from '../page.ts';
import { settle } from '../settle.ts';
import type { Reversal } from './rules.ts';
import { type StoryStep, tellStory } from './story.ts';
import { type UsualWait, usualWait } from './usual-wait.ts';

export interface OperationDetails {
  operation: Operation;
  steps: StoryStep[];
  from: Account | null;
  to: Account | null;
  /** The sides of its transfer that the user may see, as the ledger has them. */
  postings: PostedSide[];
  /** How long the requester's earlier requests of this kind took; null if it is not known, or if nothing waits. */
  usual: UsualWait | null;
  /** The log's entries about it, oldest first; null while the log is unavailable. */
  log: LogLine[] | null;
  /** The log has more entries about it. */
  logGoesOn: boolean;
}

interface PostedSide {
  /** Null for one of the bank's own accounts, and for one that can't be loaded. */
  account: Account | null;
  /** Which of the bank's own accounts it is; a key under `house`. */
  house: string | null;
  entry: OperationEntry;
}

interface LogLine {
  time: string;
  sentence: string;
  sequence: number;
  hash: string;
}

const LOG_LIMIT = 200;

/** Loads what the services know about an operation. @throws Problem not_found if the user can't see it */
export async function loadOperation(ctx: PageContext, id: string): Promise<OperationDetails> {
  const { accounts, logging } = ctx.state.api;
  const [operation, posted, entries] = await Promise.all([
    accounts.operation(id),
    settle(ctx, 'postings', accounts.entriesOf(id)),
    settle(ctx, 'log', logging.entries({ operation: id, limit: LOG_LIMIT })),
  ]);
  const find = accountFinder(ctx);
  const [from, to] = await Promise.all([
    find(operation.from_account_id ?? (operation.type === 'deposit' ? null : operation.account_id)),
    find(operation.to_account_id ?? (operation.type === 'deposit' ? operation.account_id : null)),
  ]);
  const [postings, usual] = await Promise.all([
    Promise.all((posted?.items ?? []).map((entry) => sideOf(entry, find))),
    findUsualWait(ctx, operation),
  ]);
  const inOrder = entries?.items.toReversed() ?? null;
  const reversal = reversalOf(ctx, operation, from ?? to);
  const isStaff = currentUser(ctx).role !== 'member';
  return {
    operation,
    steps: tellStory(operation, { reversal, entries: inOrder, isStaff, now: new Date() }),
    usual,
    from,
    to,
    // The debit comes first.
    postings: postings.toSorted((a, b) => a.entry.amount - b.entry.amount),
    log: inOrder?.map((entry) => logLine(ctx, entry)) ?? null,
    logGoesOn: entries !== null && entries.next !== null,
  };
}

type FindAccount = (id: string | null) => Promise<Account | null>;

/** Loads each account once. The other account may belong to someone else; then only the operation names it. */
function accountFinder(ctx: PageContext): FindAccount {
  const found = new Map<string, Promise<Account | null>>();
  return (id) => {
    if (id === null) return Promise.resolve(null);
    const known = found.get(id) ?? ctx.state.api.accounts.account(id).catch(() => null);
    found.set(id, known);
    return known;
  };
}

async function sideOf(entry: OperationEntry, find: FindAccount): Promise<PostedSide> {
  const [, house = null] = /^house:([a-z]+):/.exec(entry.account_id) ?? [];
  return { account: house === null ? await find(entry.account_id) : null, house, entry };
}

function logLine(ctx: PageContext, entry: LogEntry): LogLine {
  const { views, locale } = ctx.state;
  const { id, role } = currentUser(ctx);
  const sentence =
    role === 'member' ? sentenceToReader(views, locale, entry, id) : sentenceOf(views, locale, entry);
  return { time: entry.time, sentence, sequence: entry.sequence, hash: entry.hash };
}

/** The reversal of an operation. Its requester can't open the agent's request, so their account shows it. */
function reversalOf(ctx: PageContext, operation: Operation, account: Account | null): Reversal | null {
  const { reversed_by_transfer_id: id, reversed_at: at } = operation;
  if (id === null) return null;
  // A transfer has the id of its operation.
  if (currentUser(ctx).role === 'agent') return { at, href: `/operations/${id}` };
  return { at, href: account === null ? null : `/accounts/${account.id}?type=reversal` };
}

const EARLIER = 20;

async function findUsualWait(ctx: PageContext, { status, type }: Operation): Promise<UsualWait | null> {
  if ((status !== 'pending' && status !== 'approved') || currentUser(ctx).role !== 'member') return null;
  const filter = { type, limit: EARLIER };
  const earlier = await settle(ctx, 'requests', ctx.state.api.accounts.operations(filter));
  return earlier === null ? null : usualWait(earlier.items);
}
