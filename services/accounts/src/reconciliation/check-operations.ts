import { queryOnce, type Transaction } from '@guichet/database';
import {
  operationsAgainstTransfers,
  reversalsMirrorTransfers,
  sumByCurrency,
  transfersBalance,
} from './checks-store.ts';
import { type OperationTimes, readOperationTimes } from './new-rows-store.ts';
import type { CheckResult, Discrepancy } from './rules.ts';

const AT_ONCE = 1_000;

/** Each of these operations exists; it has its transfer, with its entries, exactly if it is posted and moves money; and its sides sum to zero. */
export async function checkOperations(
  trx: Transaction,
  operationIds: readonly string[],
): Promise<{
  sums: CheckResult;
  transfers: CheckResult;
  posted: CheckResult;
  reversals: CheckResult;
  times: OperationTimes[];
}> {
  const sums: CheckResult[] = [];
  const transfers: CheckResult[] = [];
  const posted: CheckResult[] = [];
  const reversals: CheckResult[] = [];
  const times: OperationTimes[] = [];
  for (let at = 0; at < operationIds.length; at += AT_ONCE) {
    const some = operationIds.slice(at, at + AT_ONCE);
    sums.push(await sumByCurrency(trx, some));
    transfers.push(await transfersBalance(trx, some));
    posted.push(await operationsAgainstTransfers(trx, some));
    reversals.push(await reversalsMirrorTransfers(trx, some));
    const found = await queryOnce(trx, readOperationTimes(some));
    times.push(...found);
    posted.push(missing(some, found));
  }
  return {
    sums: addSums(combine(sums)),
    transfers: combine(transfers),
    posted: combine(posted),
    reversals: combine(reversals),
    times,
  };
}

function combine(results: readonly CheckResult[]): CheckResult {
  return {
    checked: results.reduce((sum, { checked }) => sum + checked, 0),
    broken: results.flatMap(({ broken }) => broken),
  };
}

function missing(wanted: readonly string[], found: readonly OperationTimes[]): CheckResult {
  const exist = new Set(found.map(({ id }) => id));
  const broken = wanted
    .filter((id) => !exist.has(id))
    .map((id): Discrepancy => ({ id, account_id: null, expected: 'an operation', found: 'none' }));
  return { checked: 0, broken };
}

/** One sum for each currency, which may be broken in several pages. */
function addSums({ checked, broken }: CheckResult): CheckResult {
  const sums = [...Map.groupBy(broken, ({ id }) => id)].map(([id, parts]): Discrepancy => {
    const found = parts.reduce((sum, part) => sum + BigInt(part.found), 0n);
    return { id, account_id: null, expected: '0', found: String(found) };
  });
  return { checked, broken: sums.filter(({ found }) => found !== '0') };
}
