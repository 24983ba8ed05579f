import { tombstoneName } from '@guichet/contract';
import { NO_UUID, query, queryOnce, transaction } from '@guichet/database';
import { discardLettersOf } from '@guichet/dead-letters';
import { enqueue } from '@guichet/outbox';
import { type ScheduledJob, scheduleJob } from '@guichet/scheduled-jobs';
import { writeNamesOf } from '../accounts/store.ts';
import { deleteBeneficiaries, deleteBeneficiariesOf, lockPayeesSavedAs } from '../beneficiaries/store.ts';
import type { Deps } from '../deps.ts';
import { deleteAnswersTo } from '../idempotency/store.ts';
import { forgetRequester, listRequestedBy } from '../operations/store.ts';
import { deletePayeeChecks } from '../payees/store.ts';
import { findToForget, markForgotten } from '../people/store.ts';
import { listRibsOf } from '../ribs/store.ts';
import { deleteSentSum } from '../step-up/store.ts';
import { deleteDeliveriesOf, deleteWebhooksOf, listWebhooks } from '../webhooks/store.ts';
import { payeesRemovedLogged } from './events.ts';

const PEOPLE = 100;
const STEP = 500;
/** In place of the names that a deleted user gave to their accounts. */
const UNNAMED = '—';

/**
 * Erases what this schema has of users whom auth has deleted, a few rows at a time: every step can run again. The ledger isn't changed.
 * @returns how many it forgot
 * @throws AggregateError if some could not be forgotten, which hold up no other
 */
export async function forgetPeople(deps: Deps, signal?: AbortSignal): Promise<number> {
  let forgotten = 0;
  for (;;) {
    const ids = await queryOnce(deps.db, findToForget(PEOPLE));
    const failures: unknown[] = [];
    for (const id of ids) {
      if (signal?.aborted) return forgotten;
      try {
        await forgetPerson(deps, id);
        forgotten += 1;
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0)
      throw new AggregateError(failures, `${failures.length} users were not forgotten`);
    if (ids.length < PEOPLE) return forgotten;
  }
}

async function forgetPerson(deps: Deps, id: string): Promise<void> {
  const { db } = deps;
  const name = tombstoneName(id);
  for (let after = NO_UUID, isLast = false; !isLast; ) {
    const ids = await queryOnce(db, listRequestedBy(id, after, STEP));
    await transaction(db, (trx) => queryOnce(trx, forgetRequester(ids, name)));
    isLast = ids.length < STEP;
    after = ids.at(-1) ?? after;
  }
  while ((await transaction(db, (trx) => queryOnce(trx, deleteAnswersTo(id, STEP)))) === STEP);
  for (const webhook of await queryOnce(db, listWebhooks(id))) {
    while ((await queryOnce(db, deleteDeliveriesOf(webhook.id, STEP))) === STEP);
  }
  await forgetAsPayee(deps, id);
  await transaction(db, (trx) =>
    query(
      trx,
      writeNamesOf(id, UNNAMED),
      deleteBeneficiariesOf(id),
      deletePayeeChecks(id),
      deleteWebhooksOf(id),
      deleteSentSum(id),
      // Messages about the user that could not be read; the one about the deletion could.
      discardLettersOf('USERS', `users.${id}`),
      markForgotten(id),
    ),
  );
}

/** Removes the user from the saved payees of others: the accounts are closed and can no longer be paid. */
async function forgetAsPayee({ db, clock, committed }: Deps, id: string): Promise<void> {
  const ribs = await queryOnce(db, listRibsOf(id, undefined, Number.MAX_SAFE_INTEGER));
  const ibans = ribs.map(({ iban }) => iban);
  for (let isLast = false; !isLast; ) {
    const removed = await transaction(db, async (trx) => {
      const [saved] = await query(trx, lockPayeesSavedAs(ibans, STEP));
      await queryOnce(trx, deleteBeneficiaries(saved.map((one) => one.id)));
      await enqueue(trx, payeesRemovedLogged(saved, clock()));
      return saved.length;
    });
    committed();
    isLast = removed < STEP;
  }
}

/** Forgets deleted users within a minute of auth's event. */
export function keepForgetting(deps: Deps): ScheduledJob {
  return scheduleJob({
    db: deps.db,
    log: deps.log,
    name: 'forget deleted users',
    everySeconds: 30,
    work: (signal) => forgetPeople(deps, signal),
  });
}
