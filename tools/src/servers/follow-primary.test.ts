import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@guichet/testing';
import test from 'ava';
import type { ClusterNode } from './cluster-node.ts';
import { connect } from './galera-cluster.fixture.ts';
import { groupOptions, startTestGroup } from './group-cluster.fixture.ts';
import { waitForGroup } from './group-cluster.ts';
import { createTables, goOn, type Load, open, testFault, writerOf } from './transfers.fixture.ts';

// The pool on a real MySQL group, which chooses its writer itself.

test('the pool follows the primary of a MySQL group that is killed, and one that is frozen, under load', async (t) => {
  t.timeout(900_000);
  const options = await groupOptions(t);
  const group = await startTestGroup(t, options);
  const ports = options.nodes.map(({ port }) => port);
  const root = await connect(options, ports[0] as number);
  await createTables(root);
  await root.end();

  const [db, other] = [open(t, options, ports), open(t, options, ports)];
  const loads: Load[] = [];
  for (const fault of ['killed', 'frozen'] as const) {
    await testFault(t, [db, other], loads, {
      name: fault,
      // It suspects a member after five seconds, and then chooses a primary.
      isSlow: true,
      happen: async (both) => {
        const writer = writerOf(db);
        t.is(writerOf(other), writer);
        const { name } = options.nodes[writer] as ClusterNode;
        if (fault === 'killed') group.kill(name);
        else group.signal(name, 'SIGSTOP');
        await goOn(both);
        t.not(writerOf(db), writer);
        await eventually(() => writerOf(other) === writerOf(db), 60_000);
        if (fault === 'frozen') {
          await sleep(3_000);
          group.signal(name, 'SIGCONT');
        }
        await waitForGroup(options);
        await sleep(500);
      },
    });
  }
  await testFault(t, [db, other], loads, {
    name: 'another member killed',
    isSlow: true,
    happen: async (both) => {
      const writer = writerOf(db);
      const { name } = options.nodes.find((_, index) => index !== writer) as ClusterNode;
      group.kill(name);
      await goOn(both);
      t.is(writerOf(db), writer);
      await waitForGroup(options);
      await goOn(both);
    },
  });
});
