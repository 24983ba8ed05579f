import { OPERATION_KINDS } from '@guichet/contract';
import { DURATION_BUCKETS, metrics } from '@guichet/metrics';
import { CURRENCIES } from '@guichet/money';
import { refuse } from './errors.ts';
import type { Outcome } from './idempotency/outcome.ts';

import { DEFINITIONS, transferOf } from './operations/kinds/index.ts';
import type { StoredStatus } from './operations/life.ts';
import type { OperationState } from './operations/operation.ts';

/** The kinds of commands in the queue. */
export type CommandKind = 'request' | 'decision';
const COMMAND_KINDS: readonly CommandKind[] = ['request', 'decision'];
const OUTCOMES = [
  'approved',
  'scheduled',
  'posted',
  'rejected',
  'cancelled',
  'expired',
] as const satisfies StoredStatus[];

const queueDuration = metrics.histogram({
  name: 'guichet_command_queue_duration_seconds',
  help: 'Time from the arrival of a request or decision to its commit. A refusal counts as answered; failed means an internal error.',
  labelNames: ['work', 'result'],
  buckets: DURATION_BUCKETS,
});
const batchItems = metrics.histogram({
  name: 'guichet_command_queue_batch_items',
  help: 'Requests or decisions in one transaction.',
  labelNames: ['work'],
  buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
});
const requested = metrics.counter({
  name: 'guichet_operations_requested_total',
  help: 'Accepted operation requests, by type.',
  labelNames: ['type'],
});
const decided = metrics.counter({
  name: 'guichet_decisions_total',
  help: 'Decisions, by the resulting status of the operation; approved is the first of two approvals; scheduled is the approval of one with a date, or an attempt on its day for which money was lacking.',
  labelNames: ['type', 'outcome'],
});
const refused = metrics.counter({
  name: 'guichet_refusals_total',
  help: 'Requests and decisions refused by a rule, by refusal code.',
  labelNames: ['work', 'code'],
});
const postedAmount = metrics.counter({
  name: 'guichet_posted_amount_minor_units_total',
  help: 'Posted amounts, in minor units (cents).',
  labelNames: ['type', 'currency'],
});

// Every series exists from the start, so that the first event of a kind is visible as an increase.
for (const work of COMMAND_KINDS) {
  batchItems.zero({ work });
  for (const result of ['answered', 'failed']) queueDuration.zero({ work, result });
  for (const code of [...Object.keys(refuse), 'not_found', 'unauthenticated']) refused.inc({ work, code }, 0);
}
for (const type of OPERATION_KINDS) {
  requested.inc({ type }, 0);
  for (const outcome of OUTCOMES) decided.inc({ type, outcome }, 0);
  if (!DEFINITIONS[type].movesMoney) continue;
  for (const currency of Object.keys(CURRENCIES)) postedAmount.inc({ type, currency }, 0);
}

/** Counts the outcome of one command and observes the time from its arrival to its commit; for a replay, only the time. */
export function observeOutcome(work: CommandKind, outcome: Outcome<OperationState>, seconds: number): void {
  queueDuration.observe({ work, result: 'answered' }, seconds);
  if ('refusal' in outcome) {
    // A missing code only makes the service ask auth.
    if (outcome.replayed !== true && outcome.refusal.code !== refuse.totp_required.code)
      refused.inc({ work, code: outcome.refusal.code });
    return;
  }
  if ('rendered' in outcome) return;
  const { kind: type, status, amountMinor, currency } = outcome.operation;
  if (work === 'request') requested.inc({ type });
  else decided.inc({ type, outcome: status });
  if (work === 'decision' && status === 'posted' && transferOf(outcome.operation) !== null)
    postedAmount.inc({ type, currency }, Number(amountMinor));
}

/** Counts a command that failed because of an internal error or a full queue. */
export function observeFailure(work: CommandKind, seconds: number): void {
  queueDuration.observe({ work, result: 'failed' }, seconds);
}

export function observeBatch(work: CommandKind, items: number): void {
  batchItems.observe({ work }, items);
}
