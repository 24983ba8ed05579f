import { WEBHOOK_STATUSES } from '@guichet/contract';
import { queryOnce } from '@guichet/database';
import { metrics } from '@guichet/metrics';
import type { Deps } from '../deps.ts';
import { countWebhooks } from './store.ts';

const SAME_EVERYWHERE = 'The same on every replica: take the maximum.';

/** Registers the metrics about webhooks that are read from the database at each scrape. */
export function watchWebhooks({ db, clock }: Pick<Deps, 'db' | 'clock'>): void {
  metrics.gauges(
    {
      webhooks: {
        name: 'guichet_webhooks',
        help: `Webhooks of customers and agents. ${SAME_EVERYWHERE}`,
        labelNames: ['status'],
      },
      waiting: {
        name: 'guichet_webhook_waiting_messages',
        help: `Messages of webhooks that wait to be delivered. ${SAME_EVERYWHERE}`,
      },
      oldest: {
        name: 'guichet_webhook_oldest_waiting_age_seconds',
        help: `Age of the oldest message that waits, also for a receiver that is down. ${SAME_EVERYWHERE}`,
      },
      overdue: {
        name: 'guichet_webhook_attempt_overdue_seconds',
        help: `How long ago the next attempt of a webhook should have been made. ${SAME_EVERYWHERE}`,
      },
      dead: {
        name: 'guichet_webhook_dead_messages',
        help: `Messages that were given up in the last days and can be sent again. ${SAME_EVERYWHERE}`,
      },
    },
    async () => {
      const now = clock();
      const { statuses, waiting, oldest, dueSince, dead } = await queryOnce(db, countWebhooks(now));
      const ageOf = (since: Date | null) =>
        since === null ? 0 : Math.max(0, (now.getTime() - since.getTime()) / 1000);
      return {
        webhooks: WEBHOOK_STATUSES.map((status) => [{ status }, statuses.get(status) ?? 0] as const),
        waiting,
        oldest: ageOf(oldest),
        overdue: ageOf(dueSince),
        dead,
      };
    },
  );
}
