import { type Role, scopesOf, type WebhookTrouble } from '@guichet/contract';
import { isEnvironmental, newId, query, queryOnce, type Transaction, transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { type PeriodicWork, runPeriodically } from '@guichet/time';
import type { Person } from '../people/store.ts';
import { attempt, type HookDeps, outcomeOf, recovered, writeBody } from './attempt.ts';
import { deadLettered, disabled } from './events.ts';
import { observeDelivery } from './metrics.ts';
import { hasFailedTooLong, isTriedLongEnough, pauseAfter } from './rules.ts';
import { type Answer, isAcknowledged, TIMEOUT_MS } from './send-message.ts';
import {
  claimWebhooks,
  countWaiting,
  endWaiting,
  findClaimed,
  findNext,
  findOwnerOf,
  findWebhook,
  keepClaim,
  lockClaimed,
  releaseClaim,
  writeDelivery,
  writeWebhook,
} from './store.ts';
import type { Delivery, Webhook } from './webhook.ts';

/** How many webhooks one replica serves at the same time: those that work, and those that failed last time. */
const AT_ONCE = { working: 16, failing: 8 };
/** Longer than an attempt takes, so that no other replica begins the same one meanwhile. */
const CLAIM_SECONDS = (2 * TIMEOUT_MS) / 1000;
/** For how long one claim goes on while there is something to send. */
const TURN_MS = 20_000;
const EVERY_MS = 1_000;

export interface Pace {
  everyMs?: number;
  claimSeconds?: number;
}

/**
 * Delivers the messages of webhooks, on every replica. A webhook is served by one replica at a time, which claims it; its messages are sent one after the
 * other, and the next one once the one before is acknowledged or given up. If a process dies after a receiver got a message and before that was noted, the message is sent
 * again with the same id.
 */
export function keepDelivering(
  deps: HookDeps,
  { everyMs = EVERY_MS, claimSeconds = CLAIM_SECONDS }: Pace = {},
): PeriodicWork {
  const serving = { working: new Set<Promise<unknown>>(), failing: new Set<Promise<unknown>>() };
  const periodic = runPeriodically({
    name: 'webhooks',
    log: deps.log,
    everyMs,
    work: async (signal) => {
      for (const kind of ['working', 'failing'] as const) {
        const served = serving[kind];
        const claimed = await claim(deps, kind === 'failing', AT_ONCE[kind] - served.size, claimSeconds);
        for (const { id, holder } of claimed) {
          const turn = serve(deps, id, holder, claimSeconds, signal)
            .catch((error: unknown) => {
              if (!signal.aborted)
                deps.log.warn({ err: error, webhook_id: id }, 'a webhook could not be served');
            })
            .finally(() => served.delete(turn));
          served.add(turn);
        }
      }
    },
  });
  return {
    async stop() {
      await periodic.stop();
      await Promise.all([...serving.working, ...serving.failing]);
    },
  };
}

/** Delivers everything that can be delivered now, as tests do. @returns how many attempts it made */
export async function deliverNow(deps: HookDeps): Promise<number> {
  let attempts = 0;
  for (const areFailing of [false, true]) {
    const claimed = await claim(deps, areFailing, AT_ONCE.working, CLAIM_SECONDS);
    const made = await Promise.all(
      claimed.map(({ id, holder }) =>
        serve(deps, id, holder, CLAIM_SECONDS, new AbortController().signal, Number.POSITIVE_INFINITY),
      ),
    );
    attempts += made.reduce((sum, one) => sum + one, 0);
  }
  return attempts;
}

async function claim(
  { db, clock }: HookDeps,
  areFailing: boolean,
  limit: number,
  seconds: number,
): Promise<{ id: string; holder: string }[]> {
  const holder = newId();
  const count = await queryOnce(db, claimWebhooks({ holder, seconds, now: clock(), areFailing, limit }));
  if (count === 0) return [];
  return (await queryOnce(db, findClaimed(holder))).map((id) => ({ id, holder }));
}

/** Sends the messages of a claimed webhook in order, until one fails, none is left or the turn is over. @returns how many attempts it made */
async function serve(
  deps: HookDeps,
  id: string,
  holder: string,
  claimSeconds: number,
  signal: AbortSignal,
  turnMs = TURN_MS,
): Promise<number> {
  const { db } = deps;
  const until = performance.now() + turnMs;
  let attempts = 0;
  try {
    if (await disableOverfull(deps, id, holder)) return attempts;
    while (!signal.aborted && performance.now() < until) {
      const [isKept, webhook, owner, delivery] = await transaction(db, (trx) =>
        trx.commit(keepClaim(id, holder, claimSeconds), findWebhook(id), findOwnerOf(id), findNext(id)),
      );
      // It was disabled or deleted meanwhile, or taken over.
      if (isKept === 0 || webhook === null) break;
      if (!(await isOwnerEntitled(deps, webhook, owner)) || delivery === null) break;
      if (!(await hasBody(deps, webhook, delivery))) continue;
      attempts += 1;
      const answer = await attempt(deps, webhook, delivery);
      if (!(await note(deps, { webhook, delivery, answer, holder }))) break;
    }
  } finally {
    await queryOnce(db, releaseClaim(id, holder));
  }
  return attempts;
}

/**
 * Whether the owner may receive messages at this moment, by what auth last published. What waits for one who is not active, or has another role than when they
 * subscribed, is withheld.
 */
async function isOwnerEntitled(
  { db }: HookDeps,
  webhook: Webhook,
  owner: Pick<Person, 'status' | 'role'> | undefined,
): Promise<boolean> {
  const isEntitled =
    owner?.status === 'active' &&
    owner.role === webhook.role &&
    scopesOf(owner.role as Role).includes('webhooks:manage');
  // The newest state of an unknown one couldn't be read: it will be.
  if (!isEntitled && owner?.status !== 'unknown') {
    const withheld = await queryOnce(db, endWaiting(webhook.id, 'withheld'));
    observeDelivery('withheld', withheld);
  }
  return isEntitled;
}

/** Writes the body of a message before its first attempt. One that can't be written is withheld, so that it holds up no other. */
async function hasBody(deps: HookDeps, webhook: Webhook, delivery: Delivery): Promise<boolean> {
  try {
    delivery.body = await writeBody(deps, webhook, delivery);
    return true;
  } catch (error) {
    if (isEnvironmental(error)) throw error;
    deps.log.error(
      { err: error, webhook_id: webhook.id, message_id: delivery.id },
      'a message of a webhook could not be written',
    );
    await queryOnce(deps.db, writeDelivery(delivery, { status: 'withheld', body: null }));
    observeDelivery('withheld', 1);
    return false;
  }
}

/** Disables a webhook for which too much waits. */
async function disableOverfull(deps: HookDeps, id: string, holder: string): Promise<boolean> {
  const { waitingMax } = deps.webhooks;
  if ((await queryOnce(deps.db, countWaiting(id, waitingMax))) <= waitingMax) return false;
  await transaction(deps.db, async (trx) => {
    const webhook = await queryOnce(trx, lockClaimed(id, holder));
    if (webhook !== null) await disable(trx, webhook, 'queue_full', deps.clock());
  });
  deps.committed();
  return true;
}

async function disable(
  trx: Transaction,
  webhook: Webhook,
  trouble: WebhookTrouble,
  now: Date,
): Promise<void> {
  const [, ended] = await query(
    trx,
    writeWebhook(webhook.id, { status: 'disabled', trouble }),
    endWaiting(webhook.id, 'dead'),
  );
  observeDelivery('dead', ended);
  await enqueue(trx, disabled({ webhook, now, trouble }));
}

interface Attempted {
  webhook: Webhook;
  delivery: Delivery;
  answer: Answer;
  holder: string;
}

/** Notes what came of an attempt, and what follows from it. @returns whether the next message may be sent at once */
async function note(deps: HookDeps, attempted: Attempted): Promise<boolean> {
  const { answer } = attempted;
  observeDelivery(isAcknowledged(answer) ? 'delivered' : 'failed', 1);
  const goesOn = await transaction(deps.db, (trx) =>
    isAcknowledged(answer) ? noteSuccess(trx, deps, attempted) : noteFailure(trx, deps, attempted),
  );
  deps.committed();
  return goesOn;
}

async function noteSuccess(
  trx: Transaction,
  { clock }: HookDeps,
  { webhook: { id }, delivery, answer, holder }: Attempted,
): Promise<boolean> {
  const webhook = await queryOnce(trx, lockClaimed(id, holder));
  // Also if another replica has taken the webhook over: what was acknowledged needn't be sent again.
  await queryOnce(
    trx,
    writeDelivery(delivery, {
      ...outcomeOf(delivery, answer, clock()),
      status: 'delivered',
      body: null,
    }),
  );
  if (webhook === null) return false;
  if (webhook.failures > 0 || webhook.isDeathTold) await queryOnce(trx, writeWebhook(id, recovered(clock())));
  return true;
}

async function noteFailure(
  trx: Transaction,
  { clock }: HookDeps,
  { webhook: { id }, delivery, answer, holder }: Attempted,
): Promise<boolean> {
  const now = clock();
  const stored = await queryOnce(trx, lockClaimed(id, holder));
  if (stored === null) return false;
  const webhook = { ...stored, failures: stored.failures + 1, failingSince: stored.failingSince ?? now };
  const outcome = outcomeOf(delivery, answer, now);
  const isGone = answer.status === 410;
  const isOver = isGone || isTriedLongEnough(delivery.happenedAt, now);
  const isFirstDeath = isOver && !stored.isDeathTold;
  const { failures, failingSince } = webhook;
  await query(
    trx,
    writeDelivery(delivery, {
      ...outcome,
      status: isOver ? 'dead' : 'waiting',
      body: isOver ? null : undefined,
    }),
    writeWebhook(id, {
      failures,
      failingSince,
      retryAt: isOver ? now : new Date(now.getTime() + pauseAfter(failures, Math.random())),
      isDeathTold: stored.isDeathTold || isOver,
    }),
  );
  if (isOver) observeDelivery('dead', 1);
  if (isGone || hasFailedTooLong(failingSince, now)) {
    await disable(trx, webhook, isGone ? 'gone' : 'failing', now);
    return false;
  }
  if (isFirstDeath) await enqueue(trx, deadLettered({ webhook, now, delivery: { ...delivery, ...outcome } }));
  return isOver;
}
