import test from 'ava';
import { databaseState, printedChanges, printedStates } from './node-states.ts';

test('a database node has joined once it has everything; without the majority it is cut off', (t) => {
  t.is(databaseState('Synced', true), 'joined');
  t.is(databaseState('Joined', true), 'syncing');
  t.is(databaseState('Donor/Desynced', true), 'syncing');
  t.is(databaseState('Initialized', false), 'cut off');
  t.is(databaseState('Synced', false), 'cut off');
});

test('there is a line for each node, and later one for each change', (t) => {
  const before = [
    { name: 'database', state: 'writer' },
    { name: 'nats', state: 'leader' },
  ];
  t.is(printedStates(before), '  database  writer\n  nats      leader');
  const now = [
    { name: 'database', state: 'down' },
    { name: 'nats', state: 'leader' },
    { name: 'auth', state: 'not ready', detail: 'database' },
  ];
  t.deepEqual(printedChanges(before, now), [
    'database: writer → down',
    'auth: unknown → not ready (database)',
  ]);
});
