import test from 'ava';
import { chooseWriter, type Known, READY_FOR_MS } from './choose-writer.ts';
import type { ServerState } from './server-state.ts';

const NOW = 1_000_000;
const state = (changed: Partial<ServerState>): ServerState => ({
  kind: 'galera',
  cluster: 'one',
  rank: 2,
  reason: null,
  canCatchUp: false,
  ...changed,
});
const node = (changed: Partial<ServerState> = {}, readyForMs = 60_000): Known => ({
  state: state(changed),
  isSettled: true,
  readySince: NOW - readyForMs,
});
const joining = node({ rank: 0 });
const donor = node({ rank: 1 });
const down: Known = { state: null, isSettled: true, readySince: null };
const unasked: Known = { ...down, isSettled: false };
const choose = (servers: Known[], current: number | null = null) => {
  const choice = chooseWriter(servers, current, NOW);
  return choice.kind === 'writer' ? choice.index : choice.kind;
};

test('processes that know the same choose the same: the first that takes writes', (t) => {
  t.is(choose([node(), node(), node()]), 0);
  t.is(choose([joining, node(), node()]), 1);
  t.is(choose([down, joining, node()]), 2);
  t.is(choose([down, joining]), 'none');
});

test('a server whose answer is still missing may come first, so it is waited for', (t) => {
  t.is(choose([unasked, node(), node()]), 'none');
  t.is(choose([node(), unasked, unasked]), 0);
});

test('the writer is left when it takes no more writes or does not answer, for the first that does', (t) => {
  t.is(choose([joining, node(), node()], 0), 1);
  t.is(choose([node(), node(), down], 2), 0);
  t.is(choose([down, down, node({}, 0)], 1), 2, 'which need not have been ready for long');
  t.is(choose([down, down, joining], 1), 'none');
});

test('the first server of the list is used again once it has been ready for a while', (t) => {
  t.is(choose([node({}, READY_FOR_MS - 1), node()], 1), 1);
  t.is(choose([node({}, READY_FOR_MS), node()], 1), 0);
});

test('a donor is left for a synced node, and used where there is none', (t) => {
  t.is(choose([donor, node(), node()], 0), 1);
  t.is(choose([donor, joining, down], 0), 0);
  t.is(choose([donor, joining, donor]), 0);
  t.is(choose([donor, node({}, 0)], 0), 0, 'not for one that has just become ready');
});

test('of servers that do not replicate to each other, none is chosen if several take writes', (t) => {
  const alone = (cluster: string | null) => node({ kind: 'single', cluster });
  t.is(choose([alone(null), alone(null)]), 'ambiguous');
  t.is(choose([alone('a'), alone('b')]), 'ambiguous');
  t.is(choose([node(), node({ cluster: 'another' })]), 'ambiguous');
  t.is(choose([alone('a'), alone('b')], 1), 1, 'the writer of before goes on');
  t.is(choose([alone('a'), alone('a')]), 0, 'one server with two names');
  t.is(choose([alone('a'), unasked]), 'none', 'the other may take writes too');
  t.is(choose([alone('a'), down]), 0);
});
