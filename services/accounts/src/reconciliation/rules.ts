/** A row that fails a check; `account_id` is the account that it concerns, if it concerns only one. */
export interface Discrepancy {
  id: string;
  account_id: string | null;
  expected: string;
  found: string;
}

export interface CheckResult {
  checked: number;
  broken: Discrepancy[];
}

/** An account up to one of its entries: the number of the entry, and the balance after it. Number 0 is the account before its first entry. */
export interface AccountState {
  number: bigint;
  balanceMinor: bigint;
}

/** An entry of a customer's account. */
export interface NumberedEntry extends AccountState {
  accountId: string;
  amountMinor: bigint;
  operationId: string;
  /** Whether its transfer names it as one of its sides. */
  isNamed: boolean;
}

/**
 * Follows an account from a verified state over the next entries, in order of their numbers: each number is one more than the last, and each balance
 * is the previous one plus the amount. Reports every entry that does not follow.
 */
export function followEntries(
  verified: AccountState,
  entries: readonly NumberedEntry[],
): { reached: AccountState; broken: Discrepancy[] } {
  const broken: Discrepancy[] = [];
  let reached = verified;
  for (const { accountId, operationId, number, amountMinor, balanceMinor } of entries) {
    const expected = { number: reached.number + 1n, balanceMinor: reached.balanceMinor + amountMinor };
    const isNext = number === expected.number;
    if (!isNext || balanceMinor !== expected.balanceMinor) {
      broken.push({
        id: operationId,
        account_id: accountId,
        expected: isNext ? String(expected.balanceMinor) : describe(expected),
        found: isNext ? String(balanceMinor) : describe({ number, balanceMinor }),
      });
    }
    // From its own number on, one missing entry is reported once; the balance stays the sum, as in the full run.
    reached = { number, balanceMinor: expected.balanceMinor };
  }
  return { reached, broken };
}

/** Reports a verified entry that is missing, or whose balance is no longer the verified one. */
export function refuseAnchor(
  accountId: string,
  verified: AccountState,
  stored: NumberedEntry | undefined,
): Discrepancy[] {
  if (stored?.balanceMinor === verified.balanceMinor) return [];
  return [
    {
      id: stored?.operationId ?? accountId,
      account_id: accountId,
      expected: describe(verified),
      found: stored === undefined ? 'no entry' : describe(stored),
    },
  ];
}

/** An entry as a discrepancy shows it: its number and the balance after it. */
function describe({ number, balanceMinor }: AccountState): string {
  return `${number}: ${balanceMinor}`;
}

/** A range of one account's entry numbers, inclusive. */
export interface EntryRange {
  accountId: string;
  from: bigint;
  through: bigint;
}

/** Cuts ranges so that each page has at most `entries` numbers and `ranges` ranges. Those of one account stay in order. */
export function pagesOf(
  ranges: Iterable<EntryRange>,
  limit: { entries: number; ranges: number },
): EntryRange[][] {
  const most = BigInt(limit.entries);
  const pages: EntryRange[][] = [];
  let page: EntryRange[] = [];
  let room = most;
  for (const { accountId, from, through } of ranges) {
    for (let first = from; first <= through; ) {
      if (room === 0n || page.length === limit.ranges) {
        pages.push(page);
        page = [];
        room = most;
      }
      const last = through - first < room ? through : first + room - 1n;
      page.push({ accountId, from: first, through: last });
      room -= last - first + 1n;
      first = last + 1n;
    }
  }
  if (page.length > 0) pages.push(page);
  return pages;
}
