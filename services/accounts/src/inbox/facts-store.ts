import { constant, firstIdOf, type Read, select, sql, uuid, uuids } from '@guichet/database';
import type { Operation } from '../operations/operation.ts';

/** The holder of an account; the verified name is null if no agent verified one. */
export interface Holder {
  id: string;
  username: string;
  verifiedName: string | null;
}

/** The holders of accounts, by the account's id. */
export function findHolders(accountIds: Iterable<string>): Read<Map<string, Holder>> {
  const wanted = [...new Set(accountIds)];
  if (wanted.length === 0) return constant(new Map());
  return select(
    sql`SELECT accounts.id AS accountId, people.id, people.username, people.verified_first_name AS firstName,
         people.verified_last_name AS lastName
       FROM accounts JOIN people ON people.id = accounts.owner_id WHERE accounts.id IN (${uuids(wanted)})`,
    (
      rows: {
        accountId: string;
        id: string;
        username: string;
        firstName: string | null;
        lastName: string | null;
      }[],
    ) =>
      new Map(
        rows.map(({ accountId, id, username, firstName, lastName }) => [
          accountId,
          { id, username, verifiedName: [firstName, lastName].filter(Boolean).join(' ') || null },
        ]),
      ),
  );
}

/** The key of a payer and an IBAN that they paid. */
export function paymentKey(requesterId: string, iban: string): string {
  return `${requesterId} ${iban}`;
}

/**
 * The first posted transfer of each of these payers to each of these IBANs, read from the index: rows are only looked up for payments to one
 * of the IBANs.
 */
export function findFirstPayments(
  transfers: readonly Pick<Operation, 'requesterId' | 'toIban'>[],
): Read<Map<string, string>> {
  const payers = [...new Set(transfers.map(({ requesterId }) => requesterId))];
  const ibans = [...new Set(transfers.flatMap(({ toIban }) => toIban ?? []))];
  if (ibans.length === 0) return constant(new Map());
  return select(
    sql`SELECT requester_id AS requesterId, to_iban AS iban, MIN(id) AS id FROM operations FORCE INDEX (operations_requester)
       WHERE requester_id IN (${uuids(payers)}) AND to_iban IN (${ibans}) AND status = 'posted' AND type = 'external_transfer' GROUP BY requester_id, to_iban`,
    (rows: { requesterId: string; iban: string; id: string }[]) =>
      new Map(rows.map(({ requesterId, iban, id }) => [paymentKey(requesterId, iban), id])),
  );
}

/** What a customer requested in a period, in one currency. */
export interface RequestedSum {
  currency: string;
  count: number;
  amountMinor: bigint;
}

/** What each customer requested in a period, without what ended unposted, by the customer's id. */
export function sumRequestsOf(
  customerIds: Iterable<string>,
  period: { from: Date; to: Date },
): Read<Map<string, RequestedSum[]>> {
  const wanted = [...new Set(customerIds)];
  if (wanted.length === 0) return constant(new Map());
  return select(
    sql`SELECT requester_id AS customerId, currency, COUNT(*) AS count, COALESCE(SUM(amount), 0) AS amount
       FROM operations FORCE INDEX (operations_requester)
       WHERE requester_id IN (${uuids(wanted)}) AND id >= ${uuid(firstIdOf(period.from))}
       AND created_at >= ${period.from} AND created_at < ${period.to} AND status IN ('pending', 'approved', 'scheduled', 'posted')
       GROUP BY requester_id, currency`,
    (rows: { customerId: string; currency: string; count: bigint; amount: string }[]) =>
      Map.groupBy(
        rows.map(({ customerId, currency, count, amount }) => ({
          customerId,
          currency,
          count: Number(count),
          amountMinor: BigInt(amount),
        })),
        ({ customerId }) => customerId,
      ),
  );
}
