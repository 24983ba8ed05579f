import { metrics } from '@guichet/metrics';

const OUTCOMES = ['delivered', 'failed', 'dead', 'withheld'] as const;

const outcomes = metrics.counter({
  name: 'guichet_webhook_deliveries_total',
  help: 'Attempts to deliver messages of webhooks that were acknowledged or failed, and messages that were given up (dead) or withheld from owners who may not receive them any more.',
  labelNames: ['outcome'],
});
for (const outcome of OUTCOMES) outcomes.inc({ outcome }, 0);

export function observeDelivery(outcome: (typeof OUTCOMES)[number], count: number): void {
  outcomes.inc({ outcome }, count);
}
