import { OPERATION_KINDS, type OperationKind, type OperationStatus } from '@guichet/contract';
import { DURATION_BUCKETS, metrics } from '@guichet/metrics';
import { CURRENCIES } from '@guichet/money';
import { refuse } from './errors.ts';
import type { Answered } from './idempotency/answer.ts';
import { DEFINITIONS } from './operations/kinds/index.ts';

/** What people come to the desk for. */
export type Work = 'request' | 'decision';
const WORKS: readonly Work[] = ['request', 'decision'];
const OUTCOMES = [
  'approved',
  'posted',
  'rejected',
  'cancelled',
  'expired',
] as const satisfies OperationStatus[];

const deskDuration = metrics.histogram({
  name: 'guichet_desk_duration_seconds',
  help: 'Time from the arrival of a request or a decision at the desk to its commit; refusals are answers, a failure is ours.',
  labelNames: ['work', 'result'],
  buckets: DURATION_BUCKETS,
});
const batchItems = metrics.histogram({
  name: 'guichet_desk_batch_items',
  help: 'Requests or decisions that went into one transaction.',
  labelNames: ['work'],
  buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
});
const requested = metrics.counter({
  name: 'guichet_operations_requested_total',
  help: 'Operations that were asked for and taken, by type.',
  labelNames: ['type'],
});
const decided = metrics.counter({
  name: 'guichet_decisions_total',
  help: 'Decisions that were taken, by what the operation came to; approved is the first approval of two.',
  labelNames: ['type', 'outcome'],
});
const refused = metrics.counter({
  name: 'guichet_refusals_total',
  help: 'Requests and decisions that were refused by a rule, by its code.',
  labelNames: ['work', 'code'],
});
const postedAmount = metrics.counter({
  name: 'guichet_posted_amount_minor_units_total',
  help: 'Money that was posted, in minor units (cents).',
  labelNames: ['type', 'currency'],
});

// Every series stands from the start on, so that the first event of a kind shows as a rise.
for (const work of WORKS) {
  batchItems.zero({ work });
  for (const result of ['answered', 'failed']) deskDuration.zero({ work, result });
  for (const code of [...Object.keys(refuse), 'not_found', 'unauthenticated']) refused.inc({ work, code }, 0);
}
for (const type of OPERATION_KINDS) {
  requested.inc({ type }, 0);
  for (const outcome of OUTCOMES) decided.inc({ type, outcome }, 0);
  if (!DEFINITIONS[type].movesMoney) continue;
  for (const currency of Object.keys(CURRENCIES)) postedAmount.inc({ type, currency }, 0);
}

/** Times one item from its arrival to its commit, and counts what it came to; an answer that is given again counts as time alone. */
export async function observeDesk(work: Work, run: () => Promise<Answered>): Promise<Answered> {
  const began = performance.now();
  const observe = (result: 'answered' | 'failed') =>
    deskDuration.observe({ work, result }, (performance.now() - began) / 1000);
  try {
    const answered = await run();
    observe('answered');
    if (!answered.replayed) count(work, answered.answer);
    return answered;
  } catch (error) {
    observe('failed');
    throw error;
  }
}

function count(work: Work, answer: Answered['answer']): void {
  if ('refusal' in answer) {
    // This one only makes the service ask auth.
    if (answer.refusal.code === refuse.totp_required.code) return;
    refused.inc({ work, code: answer.refusal.code });
    return;
  }
  const { type, status, amount, currency } = answer.body as {
    type: OperationKind;
    status: OperationStatus;
    amount: number | null;
    currency: string;
  };
  if (work === 'request') requested.inc({ type });
  else decided.inc({ type, outcome: status });
  if (work === 'decision' && status === 'posted' && amount !== null && DEFINITIONS[type].movesMoney)
    postedAmount.inc({ type, currency }, amount);
}

export function observeBatch(work: Work, items: number): void {
  batchItems.observe({ work }, items);
}
