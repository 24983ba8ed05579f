import type { AccountsSection } from '@guichet/contract/personal-data';
import { queryOnce } from '@guichet/database';
import { findAccount, listAccounts } from '../accounts/store.ts';
import { viewAccount } from '../accounts/views.ts';
import { listBeneficiaries } from '../beneficiaries/store.ts';
import { viewBeneficiary } from '../beneficiaries/views.ts';
import type { Deps } from '../deps.ts';
import { listKeys } from '../idempotency/store.ts';
import { listEntries, withReversals } from '../ledger/history-store.ts';
import { viewEntry } from '../ledger/views.ts';
import { listOperations } from '../operations/inbox-store.ts';
import { listOrders } from '../operations/order-store.ts';
import { viewOperations } from '../operations/view-operations.ts';
import { findPayeeChecks } from '../payees/store.ts';
import { findPerson } from '../people/store.ts';
import { listRibsOf } from '../ribs/store.ts';
import { viewOrders } from '../standing-orders/views.ts';
import { findSentSums } from '../step-up/store.ts';
import { listDeliveriesOf, listWebhooks } from '../webhooks/store.ts';
import { viewDelivery, viewWebhook } from '../webhooks/views.ts';

/** The position of the last item of a page. */
export type Position = readonly (string | number)[];

interface SectionPage {
  items: Record<string, unknown>[];
  /** Null after the last page of the section. */
  next: Position | null;
}

/** Reads a page of a section: the items after a position, or from the beginning. */
type ReadSection = (
  deps: Deps,
  userId: string,
  after: Position | null,
  limit: number,
) => Promise<SectionPage>;

/** The data that this service holds about a person. Every table is in one of these sections, or has its reason in the test beside this file. */
export const SECTIONS: Readonly<Record<AccountsSection, ReadSection>> = {
  bank_identity: async ({ db }, userId) => {
    const person = await queryOnce(db, findPerson(userId));
    return whole(
      person === null
        ? []
        : [
            {
              username: person.username,
              name: person.name,
              verified_first_name: person.verifiedFirstName,
              verified_last_name: person.verifiedLastName,
              role: person.role,
              status: person.status,
              version: Number(person.version),
            },
          ],
    );
  },

  accounts: async ({ db, rules }, userId, after, limit) => {
    const found = await listAccounts(db, { ownerId: userId, afterId: textOf(after), limit });
    return pageOf(
      found,
      limit,
      (one) => viewAccount(one, rules),
      ({ id }) => [id],
    );
  },

  ribs: async ({ db }, userId, after, limit) => {
    const found = await queryOnce(db, listRibsOf(userId, textOf(after), limit + 1));
    return pageOf(
      found,
      limit,
      (rib) => ({
        iban: rib.iban,
        account_id: rib.accountId,
        created_at: rib.createdAt.toISOString(),
        retired_at: rib.retiredAt?.toISOString() ?? null,
      }),
      ({ iban }) => [iban],
    );
  },

  beneficiaries: async ({ db }, userId, after, limit) => {
    const found = await queryOnce(db, listBeneficiaries({ ownerId: userId, afterId: textOf(after), limit }));
    return pageOf(found, limit, viewBeneficiary, ({ id }) => [id]);
  },

  operations: async ({ db }, userId, after, limit) => {
    const { page } = await listOperations(db, {
      requester: userId,
      viewer: 'requester',
      period: { from: null, to: null },
      order: 'oldest',
      afterId: textOf(after),
      limit,
    });
    const shown = await viewOperations(db, page.slice(0, limit), 'requester');
    return pageOf(
      page,
      limit,
      (_, index) => ({ ...shown[index] }),
      ({ id }) => [id],
    );
  },

  standing_orders: async ({ db }, userId, after, limit) => {
    const found = await listOrders(db, { ownerId: userId, afterId: textOf(after), limit });
    const shown = await viewOrders(db, found.slice(0, limit), 'requester');
    return pageOf(
      found,
      limit,
      (_, index) => ({ ...shown[index] }),
      ({ id }) => [id],
    );
  },

  webhooks: async ({ db, clock }, userId, after, limit) => {
    const found = await queryOnce(db, listWebhooks(userId, { afterId: textOf(after), limit }));
    const shown = await Promise.all(found.slice(0, limit).map((one) => viewWebhook(db, one, clock())));
    return pageOf(
      found,
      limit,
      (_, index) => ({ ...shown[index] }),
      ({ id }) => [id],
    );
  },

  webhook_deliveries: async ({ db }, userId, after, limit) => {
    const found = await queryOnce(db, listDeliveriesOf(userId, Number(after?.[0] ?? 0), limit));
    const webhooks = new Map((await queryOnce(db, listWebhooks(userId))).map((one) => [one.id, one]));
    return pageOf(
      found,
      limit,
      (one) => ({
        ...viewDelivery(one, webhooks.get(one.webhookId)),
        webhook_id: one.webhookId,
      }),
      ({ sequence }) => [Number(sequence)],
    );
  },

  entries: readEntries,

  idempotency_keys: async ({ db }, userId, after, limit) => {
    const found = await queryOnce(db, listKeys(userId, textOf(after), limit + 1));
    return pageOf(
      found,
      limit,
      ({ key, status, createdAt }) => ({ key, status, created_at: createdAt.toISOString() }),
      ({ key }) => [key],
    );
  },

  payee_checks: async ({ db }, userId) => {
    const counted = await queryOnce(db, findPayeeChecks(userId));
    return whole(
      counted === null
        ? []
        : [{ minute: new Date(Number(counted.minute) * 60_000).toISOString(), checks: counted.checks }],
    );
  },

  sent_sums: async ({ db }, userId) => {
    const sums = await queryOnce(db, findSentSums([userId]));
    return whole(
      [...sums.values()].map(({ dayStart, amountMinor }) => ({
        day_start: dayStart.toISOString(),
        amount: Number(amountMinor),
      })),
    );
  },
};

/** The entries of one account after another, newest first in each. */
async function readEntries(
  { db }: Deps,
  userId: string,
  after: Position | null,
  limit: number,
): Promise<SectionPage> {
  const [accountId, beforeNumber] = after ?? [];
  const account =
    accountId === undefined
      ? await nextAccount(db, userId, undefined)
      : await queryOnce(db, findAccount(String(accountId)));
  if (account === null || account.ownerId !== userId) return { items: [], next: null };
  const found = await listEntries(db, {
    accountId: account.id,
    period: { from: null, to: null },
    beforeNumber: beforeNumber === undefined ? undefined : BigInt(beforeNumber),
    limit,
  });
  const page = found.slice(0, limit);
  const items = (await withReversals(db, page, account.currency)).map((entry) => ({
    ...viewEntry(entry),
    account_id: account.id,
  }));
  const last = page.at(-1);
  if (found.length > limit && last !== undefined) return { items, next: [account.id, Number(last.number)] };
  const following = await nextAccount(db, userId, account.id);
  return { items, next: following === null ? null : [following.id] };
}

async function nextAccount(db: Deps['db'], ownerId: string, afterId: string | undefined) {
  const [account] = await listAccounts(db, { ownerId, afterId, limit: 1 });
  return account ?? null;
}

function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row, index: number) => object,
  positionOf: (row: Row) => Position,
): SectionPage {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map((row, index) => ({ ...view(row, index) })),
    next: rows.length > limit && last !== undefined ? positionOf(last) : null,
  };
}

function whole(items: Record<string, unknown>[]): SectionPage {
  return { items, next: null };
}

function textOf(after: Position | null): string | undefined {
  return after === null ? undefined : String(after[0]);
}
