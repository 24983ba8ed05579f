import test from 'ava';
import { isWritable, readState } from './server-state.ts';

const state = (given: Record<string, string>, membership: Parameters<typeof readState>[1]) =>
  readState(new Map(Object.entries({ read_only: 'OFF', innodb_read_only: 'OFF', ...given })), membership);

const galera = {
  wsrep_on: 'ON',
  wsrep_ready: 'ON',
  wsrep_cluster_status: 'Primary',
  wsrep_local_state: '4',
  wsrep_cluster_state_uuid: 'aaa',
  wsrep_reject_queries: 'NONE',
};

test('a server takes writes unless one of its settings makes it read-only', (t) => {
  t.like(state({}, null), { rank: 2, kind: 'single', reason: null });
  for (const name of ['read_only', 'super_read_only', 'innodb_read_only'])
    t.like(state({ [name]: 'ON' }, null), { rank: 0, reason: `${name} is on` });
  // As MariaDB 12 writes it.
  t.is(state({ read_only: 'NO_LOCK' }, null).rank, 0);
});

test('a Galera node takes writes if it is synced and its cluster has a majority', (t) => {
  t.like(state(galera, null), { rank: 2, kind: 'galera', cluster: 'aaa' });
  for (const [changed, reason] of [
    [{ wsrep_cluster_status: 'non-Primary' }, /outside the majority/],
    [{ wsrep_ready: 'OFF' }, /not ready/],
    [{ wsrep_local_state: '1' }, /state is 1/],
    [{ wsrep_local_state: '3' }, /state is 3/],
    [{ wsrep_reject_queries: 'ALL' }, /rejects/],
    [{ read_only: 'ON' }, /read_only/],
  ] as const) {
    const { rank, reason: given } = state({ ...galera, ...changed }, null);
    t.is(rank, 0);
    t.regex(given ?? '', reason);
  }
});

test('a node that copies its data to another is second to a synced one, and its reads may be late', (t) => {
  t.like(state({ ...galera, wsrep_local_state: '2' }, null), { rank: 1, canCatchUp: false });
  t.true(state(galera, null).canCatchUp);
});

test('of a MySQL group, the primary takes writes while it reaches a majority', (t) => {
  const group = { group_replication_group_name: 'bbb', wsrep_on: 'OFF' };
  const primary = { state: 'ONLINE', role: 'PRIMARY', members: 3n, reached: '2' as unknown as number };
  t.like(state(group, primary), { rank: 2, kind: 'group', cluster: 'bbb' });
  t.is(state(group, { ...primary, reached: 1 }).rank, 0);
  t.is(state(group, { ...primary, role: 'SECONDARY' }).rank, 0);
  t.is(state(group, { ...primary, state: 'ERROR' }).rank, 0);
  t.is(state(group, null).rank, 0, 'a group was configured, and the server is in none');
  t.is(state(group, undefined).rank, 2, 'not known to this user');
  t.is(state({ ...group, super_read_only: 'ON' }, undefined).rank, 0);
});

test('a server is writable only if read_only is off, which is a number or, since MariaDB 12, a word', (t) => {
  for (const off of [0, 0n, 'OFF']) t.true(isWritable(off), String(off));
  for (const on of [1, 1n, 'ON', 'NO_LOCK', 'NO_LOCK_NO_ADMIN', null, undefined, ''])
    t.false(isWritable(on), String(on));
});
