import {
  type Database,
  databaseAnswers,
  databaseServers,
  onOtherWriter,
  poolState,
  type ReadOnlyDatabase,
} from '@guichet/database';
import { metrics } from '@guichet/metrics';

/** Measures whether the database answers, which server takes the writes, which servers are read, and the state of the pool. */
export function watchDatabase(db: Database, { replicas }: ReadOnlyDatabase): void {
  metrics.gauge(
    { name: 'guichet_database_up', help: '1 while the database responds within a second, else 0.' },
    async () => Number(await databaseAnswers(db)),
  );
  metrics.gauge(
    {
      name: 'guichet_database_writer',
      help: '1 for the server that takes the writes, 0 for the others.',
      labelNames: ['server'],
    },
    () => databaseServers(db).map(({ name, isWriter }) => [{ server: name }, Number(isWriter)]),
  );
  const changes = metrics.counter({
    name: 'guichet_database_writer_changes_total',
    help: 'How often another server took over the writes.',
  });
  onOtherWriter(db, () => changes.inc());
  const reads = metrics.counter({
    name: 'guichet_database_reads_total',
    help: 'Reads of lists and histories with DATABASE_READS=replicas, by what served them: the writer does while no replica can.',
    labelNames: ['server'],
  });
  for (const server of ['replica', 'writer']) reads.inc({ server }, 0);
  replicas?.onRead((server) => reads.inc({ server }));
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
