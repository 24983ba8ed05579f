import { type Database, databaseAnswers, poolState } from '@guichet/database';
import { metrics } from '@guichet/metrics';

/** Measures whether the database answers, and the state of the pool. */
export function watchDatabase(db: Database): void {
  metrics.gauge(
    { name: 'guichet_database_up', help: '1 while the database responds within a second, else 0.' },
    async () => Number(await databaseAnswers(db)),
  );
  metrics.gauges(
    {
      connections: {
        name: 'guichet_database_pool_connections',
        help: 'Pool connections, in use or idle.',
        labelNames: ['state'],
      },
      waiting: {
        name: 'guichet_database_pool_waiting_requests',
        help: 'Requests waiting for a pool connection.',
      },
      max: { name: 'guichet_database_pool_max_connections', help: 'Maximum number of pool connections.' },
    },
    () => {
      const { used, idle, waiting, max } = poolState(db);
      return {
        connections: [
          [{ state: 'used' }, used],
          [{ state: 'idle' }, idle],
        ],
        waiting,
        max,
      };
    },
  );
}
