import test from 'ava';
import { galeraState, groupState, isSeenByOthers } from './node-state.ts';

test('a Galera node has joined once it has everything; without the majority it is cut off', (t) => {
  const stateOf = (word: string, status = 'Primary') =>
    galeraState(
      new Map([
        ['wsrep_local_state_comment', word],
        ['wsrep_cluster_status', status],
      ]),
    ).state;
  t.is(stateOf('Synced'), 'joined');
  t.is(stateOf('Joined'), 'syncing');
  t.is(stateOf('Donor/Desynced'), 'syncing');
  t.is(stateOf('Initialized', 'non-Primary'), 'cut off');
  t.is(stateOf('Synced', 'non-Primary'), 'cut off');
});

test('a member of a group has joined once it is online and reaches the majority; its primary is the writer', (t) => {
  const members = (...states: string[]) =>
    states.map((state, index) => ({
      isSelf: index === 0 ? 1 : 0,
      port: 3306 + index,
      state,
      role: index === 0 ? 'PRIMARY' : 'SECONDARY',
    }));
  t.like(groupState(members('ONLINE', 'ONLINE', 'ONLINE')), { state: 'joined', size: 3, isWriter: true });
  t.like(groupState(members('ONLINE', 'ONLINE', 'UNREACHABLE')), { state: 'joined', size: 2 });
  t.like(groupState(members('RECOVERING', 'ONLINE', 'ONLINE')), { state: 'syncing', isWriter: false });
  t.like(groupState(members('ONLINE', 'UNREACHABLE', 'UNREACHABLE')), { state: 'cut off' });
  t.like(groupState(members('ERROR')), { state: 'cut off', isWriter: false });
  t.like(groupState(members('OFFLINE')), { state: 'cut off' });
  t.like(groupState([]), { state: 'cut off', word: 'OFFLINE', size: 0 });
});

test('a member that was frozen has joined again only once another member sees it', (t) => {
  const view = (...ports: number[]) =>
    groupState(
      ports.map((port, index) => ({ isSelf: index === 0 ? 1 : 0, port, state: 'ONLINE', role: 'SECONDARY' })),
    );
  const frozen = view(1, 2, 3);
  t.is(frozen.state, 'joined', 'as it believes');
  t.false(isSeenByOthers(1, frozen, [view(2, 3), view(3, 2)]));
  t.true(isSeenByOthers(1, frozen, [view(2, 3, 1), view(3, 2)]));
  t.false(isSeenByOthers(1, frozen, []));
  t.true(isSeenByOthers(1, galeraState(new Map()), []));
});
