import type { UserEvent } from '@guichet/contract/events';
import { eventsOf } from '@guichet/outbox';
import test from 'ava';
import { openTestAuth } from '../fixtures.ts';
import { republishUsers } from './republish-users.ts';

test('every user is published again in their current state, except decoys', async (t) => {
  const auth = await openTestAuth();
  const people = [];
  for (let count = 0; count < 5; count += 1) people.push(await auth.user());
  const gone = await auth.user({ status: 'deleted' });
  const decoy = await auth.user();
  await auth.database.db('users').where({ id: decoy.id }).update({ decoy: 1 });
  await auth.database.db('outbox').delete();
  t.is(await republishUsers(auth.database.db, { atOnce: 2 }), 6);
  const rows = await auth.database.db('outbox').orderBy('sequence').select('id', 'subject', 'payload');
  const messages = rows.flatMap(eventsOf);
  const published = messages.map(({ payload }) => JSON.parse(payload) as UserEvent);
  t.deepEqual(
    published.map(({ id, version, status }) => ({ id, version, status })),
    [...people, gone].map(({ id, version, status }) => ({ id, version, status })),
  );
  t.deepEqual(
    messages.map(({ subject }) => subject),
    published.map(({ id }) => `users.${id}`),
  );
  await auth.close();
});

test('a state that was published just before is published again with an id that NATS does not know', async (t) => {
  const auth = await openTestAuth();
  await auth.user();
  const ids = async () =>
    (await auth.database.db('outbox').select('id', 'payload')).flatMap(eventsOf).map(({ id }) => id);
  await auth.database.db('outbox').delete();
  await republishUsers(auth.database.db);
  await republishUsers(auth.database.db);
  const [first, second] = await ids();
  t.truthy(first);
  t.truthy(second);
  t.not(first, second);
  await auth.close();
});
