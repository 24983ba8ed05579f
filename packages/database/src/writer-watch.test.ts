import { silentLog } from '@guichet/log';
import { eventually } from '@guichet/testing';
import test, { type ExecutionContext } from 'ava';
import type { Connection } from './connection.ts';
import { MAY_DIFFER_FOR_MS, WriterWatch } from './writer-watch.ts';

// Galera nodes that only say what they are. Real ones: tools/src/servers/.

const SYNCED = '4';
const JOINED = '3';

function openWatch(t: ExecutionContext, states: string[]) {
  const time = { now: 0 };
  const candidates = states.map((_, index) => ({
    address: { host: `node-${index}`, port: 3306 },
    connect: async () => nodeThatSays(() => states[index] as string),
  }));
  const watch = new WriterWatch(
    candidates,
    silentLog,
    () => undefined,
    () => time.now,
  );
  t.teardown(() => watch.close());
  return { watch, time };
}

function nodeThatSays(state: () => string): Connection {
  const rows = (given: Record<string, string>) =>
    Object.entries(given).map(([Variable_name, Value]) => ({ Variable_name, Value }));
  return {
    mysql: null as never,
    answeredAt: 0,
    isPipelined: true,
    isUsable: () => true,
    destroy: () => undefined,
    send: async () => [
      rows({ wsrep_on: 'ON', read_only: 'OFF' }),
      rows({
        wsrep_cluster_state_uuid: 'one',
        wsrep_cluster_status: 'Primary',
        wsrep_ready: 'ON',
        wsrep_local_state: state(),
      }),
    ],
  };
}

test('another process may have another writer for a while after the start, and after each change of a state', async (t) => {
  const states = [SYNCED, SYNCED];
  const { watch, time } = openWatch(t, states);
  await watch.find(1_000);
  await eventually(() => watch.states().every((state) => state?.rank === 2));
  t.true(watch.mayDiffer);
  time.now += MAY_DIFFER_FOR_MS;
  t.false(watch.mayDiffer);
  states[1] = JOINED;
  await eventually(() => watch.mayDiffer);
  time.now += MAY_DIFFER_FOR_MS;
  t.false(watch.mayDiffer);
  t.is(watch.writer?.index, 0);
});

test('and for as long as the first server of the list is not the writer: another process may still reach that one', async (t) => {
  const { watch, time } = openWatch(t, [JOINED, SYNCED]);
  await watch.find(1_000);
  t.is(watch.writer?.index, 1);
  time.now += 10 * MAY_DIFFER_FOR_MS;
  t.true(watch.mayDiffer);
});
