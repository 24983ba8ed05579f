import { queryOnce, type Transaction } from '@guichet/database';
import type { MovedAccount } from './checkpoint-store.ts';
import { readEntries } from './new-rows-store.ts';
import {
  type AccountState,
  type CheckResult,
  type Discrepancy,
  type EntryRange,
  followEntries,
  pagesOf,
  refuseAnchor,
} from './rules.ts';

const AT_ONCE = { entries: 5_000, ranges: 5_000 };

/**
 * Follows each account that moved, from the verified entry to the last one, whose balance must be the stored one. The verified entry is read again,
 * because the new ones build on it. Each new entry must also be one that its transfer names.
 */
export async function followAccounts(
  trx: Transaction,
  moved: readonly MovedAccount[],
): Promise<{
  balances: CheckResult;
  running: CheckResult;
  strays: Discrepancy[];
  operationIds: Set<string>;
}> {
  const reached = new Map<string, AccountState>(moved.map((one) => [one.accountId, verifiedStateOf(one)]));
  const anchored = new Set<string>();
  const running: CheckResult = { checked: 0, broken: [] };
  const operationIds = new Set<string>();
  const strays: Discrepancy[] = [];
  for (const page of pagesOf(moved.flatMap(rangeOf), AT_ONCE)) {
    const found = Map.groupBy(await queryOnce(trx, readEntries(page)), ({ accountId }) => accountId);
    for (const { accountId } of page) {
      const state = reached.get(accountId) as AccountState;
      const entries = found.get(accountId) ?? [];
      if (state.number > 0n && !anchored.has(accountId)) {
        const anchor = entries[0]?.number === state.number ? entries.shift() : undefined;
        running.broken.push(...refuseAnchor(accountId, state, anchor));
      }
      anchored.add(accountId);
      const followed = followEntries(state, entries);
      reached.set(accountId, followed.reached);
      running.checked += entries.length;
      running.broken.push(...followed.broken);
      for (const { operationId, isNamed } of entries) {
        operationIds.add(operationId);
        if (!isNamed) strays.push(strayEntry(accountId, operationId));
      }
    }
  }
  return { balances: compareBalances(moved, reached), running, strays, operationIds };
}

function strayEntry(accountId: string, transferId: string): Discrepancy {
  return { id: transferId, account_id: accountId, expected: 'a transfer with this entry', found: 'none' };
}

function verifiedStateOf({ verifiedNumber, verifiedBalanceMinor }: MovedAccount): AccountState {
  return { number: verifiedNumber, balanceMinor: verifiedBalanceMinor };
}

/** From the verified entry on. If the last entries are gone, it reads the verified one, which is then gone too. */
function rangeOf({ accountId, verifiedNumber, lastNumber }: MovedAccount): EntryRange[] {
  const from = verifiedNumber > 0n ? verifiedNumber : 1n;
  const through = lastNumber > verifiedNumber ? lastNumber : verifiedNumber;
  return through < from ? [] : [{ accountId, from, through }];
}

function compareBalances(
  moved: readonly MovedAccount[],
  reached: ReadonlyMap<string, AccountState>,
): CheckResult {
  return {
    checked: moved.length,
    broken: moved.flatMap(({ accountId, balanceMinor }) => {
      const expected = reached.get(accountId)?.balanceMinor;
      if (balanceMinor === expected) return [];
      return [
        { id: accountId, account_id: accountId, expected: String(expected), found: String(balanceMinor) },
      ];
    }),
  };
}
