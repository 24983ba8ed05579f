import type { UserEvent } from '@guichet/contract/events';
import { newId, uuidBytes } from '@guichet/database';
import { retryDeadLetters } from '@guichet/dead-letters';
import { silentLog } from '@guichet/log';
import { buildUserEvent, eventually, startTestNats, testBroker, testDatabase } from '@guichet/testing';
import test from 'ava';
import { followPeople, handlePeople } from './follow-people.ts';

const { db, drop } = await testDatabase({ migrations: new URL('../../migrations', import.meta.url) });
const nats = await startTestNats();
const broker = await testBroker(nats, ['USERS']);
test.after.always(async () => {
  await broker.close();
  await nats.remove();
  await drop();
});

const buildUser = (user: Partial<UserEvent> = {}) => buildUserEvent({ role: 'agent', ...user });
async function publish(user: UserEvent, subject = `users.${user.id}`): Promise<void> {
  await broker.publish({
    id: `${user.id}.${user.version}.${subject}`,
    subject,
    payload: Buffer.from(JSON.stringify(user)),
  });
}
const statusOf = async (id: string) =>
  (
    await db('people')
      .where({ id: uuidBytes(id) })
      .first()
  )?.status ?? null;
const names = (length: number) => ({ first_name: 'é'.repeat(length), last_name: '😀'.repeat(length) });

test.serial(
  'the longest names fit; a name that is too long does not block the events behind it',
  async (t) => {
    const people = followPeople(db, broker, silentLog);
    t.teardown(() => people.stop());
    const longest = buildUser({ ...names(100), verified_name: names(100), username: 'u'.repeat(32) });
    const tooLong = buildUser(names(101));
    const next = buildUser();
    for (const user of [longest, tooLong, next]) await publish(user);
    await eventually(async () => (await statusOf(next.id)) === 'active');
    t.is(await statusOf(longest.id), 'active');
    t.is(await statusOf(tooLong.id), null);
    t.is((await db('dead_letters').where({ subject: `users.${tooLong.id}` })).length, 1);
  },
);

test.serial('a user whose newest state cannot be read is blocked until a readable one arrives', async (t) => {
  const people = followPeople(db, broker, silentLog);
  t.teardown(() => people.stop());
  const user = buildUser();
  await publish(user);
  await eventually(async () => (await statusOf(user.id)) === 'active');
  await publish({ ...user, version: 2, status: 'gone' as 'deleted' });
  await eventually(async () => (await statusOf(user.id)) === 'unknown');
  await retryDeadLetters(db, { USERS: handlePeople(db) });
  t.is(await statusOf(user.id), 'unknown');
  await publish({ ...user, version: 3, status: 'deactivated' });
  t.truthy(await eventually(async () => (await statusOf(user.id)) === 'deactivated'));
});

test.serial('a state published under another user’s subject is not accepted', async (t) => {
  const people = followPeople(db, broker, silentLog);
  t.teardown(() => people.stop());
  const [victim, next] = [buildUser(), buildUser()];
  await publish(victim);
  await publish({ ...victim, version: 9, status: 'deactivated' }, `users.${newId()}`);
  await publish(next);
  await eventually(async () => (await statusOf(next.id)) === 'active');
  t.is(await statusOf(victim.id), 'active');
});
