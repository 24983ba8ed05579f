import type { Log } from '@guichet/log';
import type { Account, Entry, Operation } from '../../clients/accounts.ts';
import type { LogEntry } from '../../clients/logging.ts';
import type { Api } from '../../visit.ts';
import { type Step, storyOf } from './rules.ts';

export interface OperationStory {
  operation: Operation;
  steps: Step[];
  from: Account | null;
  to: Account | null;
  /** What the ledger wrote, for each of our accounts that took part. */
  postings: { account: Account; entry: Entry }[];
  /** Null while the log cannot be asked: the story stands without it. */
  log: LogEntry[] | null;
}

const DAY_MS = 24 * 3600 * 1000;

/** Gathers what every service knows of one operation. @throws Problem not_found where it is not the reader's */
export async function gatherStory({ accounts, logging }: Api, id: string, log: Log): Promise<OperationStory> {
  const [operation, entries] = await Promise.all([
    accounts.operation(id),
    logging.entries({ operation: id, limit: 100 }).catch((err: unknown) => {
      log.warn({ err }, 'the story is told without the log');
      return null;
    }),
  ]);
  // The other side of a transfer may be somebody else's: then it is named by the operation alone.
  const find = (accountId: string | null): Promise<Account | null> =>
    accountId === null ? Promise.resolve(null) : accounts.account(accountId).catch(() => null);
  const [from, to] = await Promise.all([
    find(operation.from_account_id ?? (operation.type === 'deposit' ? null : operation.account_id)),
    find(operation.to_account_id ?? (operation.type === 'deposit' ? operation.account_id : null)),
  ]);
  const ours = [from, to].filter((account) => account !== null);
  const postings = await Promise.all(ours.map((account) => findEntry(accounts, account, operation)));

  return {
    operation,
    steps: storyOf(operation),
    from,
    to,
    postings: postings.filter((posting) => posting !== null),
    log: entries === null ? null : entries.items.toReversed(),
  };
}

/** The entry that posted `operation`: asked for by the time of the decision, as histories have no filter by operation. */
async function findEntry(accounts: Api['accounts'], account: Account, operation: Operation) {
  if (operation.transfer_id === null || operation.decided_at === null) return null;
  const decidedAtMs = Date.parse(operation.decided_at);
  const page = await accounts.transactions(account.id, {
    from: new Date(decidedAtMs - 60_000).toISOString(),
    to: new Date(decidedAtMs + DAY_MS).toISOString(),
    limit: 200,
  });
  const entry = page.items.find((candidate) => candidate.operation_id === operation.id);
  return entry === undefined ? null : { account, entry };
}
