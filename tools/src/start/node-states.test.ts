import test from 'ava';
import { printedChanges, printedStates } from './node-states.ts';

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
