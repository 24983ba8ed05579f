import type { UserEvent } from '@guichet/contract/events';
import { eventsOf } from '@guichet/outbox';
import test from 'ava';
import { openTestAuth } from '../fixtures.ts';
import { republishUsers } from './republish-users.ts';

test('every user is published again in their current state, with a new version, except decoys', async (t) => {
  const auth = await openTestAuth();
  const people = [];
  for (let count = 0; count < 5; count += 1) people.push(await auth.user());
  const gone = await auth.user({ status: 'deleted' });
  const decoy = await auth.user();
  await auth.database.db('users').where({ id: decoy.id }).update({ decoy: 1 });
  await auth.database.db('outbox').delete();
  t.is(await republishUsers(auth.database.db, { atOnce: 2 }), 6);
  const rows = await auth.database.db('outbox').orderBy('sequence').select('id', 'subject', 'payload');
  const all = rows.flatMap(eventsOf);
  const messages = all.filter(({ subject }) => subject.startsWith('users.'));
  const [logged] = all.filter(({ subject }) => subject.startsWith('log.'));
  t.like(JSON.parse(logged?.payload ?? ''), {
    action: 'ADMIN_COMMAND',
    data: { command: 'republish-users', count: 6 },
  });
  const published = messages.map(({ payload }) => JSON.parse(payload) as UserEvent);
  t.deepEqual(
    published.map(({ id, version, status }) => ({ id, version, status })),
    [...people, gone].map(({ id, version, status }) => ({ id, version: version + 1, status })),
  );
  t.deepEqual(
    messages.map(({ subject }) => subject),
    published.map(({ id }) => `users.${id}`),
  );
  await auth.close();
});

test('a user is published again with another message id each time, and their next change has a newer version', async (t) => {
  const auth = await openTestAuth();
  const user = await auth.user();
  const agent = await auth.person('agent');
  await auth.database.db('outbox').delete();
  await republishUsers(auth.database.db);
  await republishUsers(auth.database.db);
  await auth.api.post(`/api/auth/users/${user.id}/deactivate`, undefined, { token: agent.token });
  const rows = await auth.database
    .db('outbox')
    .orderBy('sequence')
    .where({ subject: `users.${user.id}` });
  t.deepEqual(
    rows.flatMap(eventsOf).map(({ id }) => id),
    [1, 2, 3].map((count) => `${user.id}.${user.version + count}`),
  );
  await auth.close();
});
