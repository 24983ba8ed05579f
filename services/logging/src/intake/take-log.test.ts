import { newId, queryOnce } from '@guichet/database';
import type { Received } from '@guichet/events';
import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { readHead } from '../entries/store.ts';
import { buildEvent, buildReceived, MIGRATIONS } from '../fixtures.ts';
import { handleLog, type Intake } from './take-log.ts';

const { db, drop } = await testDatabase({ migrations: MIGRATIONS });
test.after.always(drop);

const heads: bigint[] = [];
const intake = {
  db,
  clock: () => new Date(),
  onStored: ({ head }: { head: bigint }) => heads.push(head),
};
async function takeBatch(intake: Intake, batch: readonly Received[]): Promise<void> {
  const { parse, onBatch } = handleLog(intake);
  await onBatch(batch.map((message) => ({ ...message, value: parse(message) })));
}

test.serial('events are stored in the order of delivery, then acknowledged', async (t) => {
  const batch = [buildReceived(buildEvent()), buildReceived(buildEvent()), buildReceived(buildEvent())];
  await takeBatch(intake, batch);
  t.deepEqual(
    batch.map(({ acked }) => acked),
    [1, 1, 1],
  );
  t.is((await queryOnce(db, readHead())).sequence, 3n);
  t.deepEqual(heads, [3n]);
});

test.serial('no event is acknowledged if the database fails', async (t) => {
  const message = buildReceived(buildEvent());
  const broken = new Proxy(db, {
    get: (target, name, self) =>
      name === 'connections'
        ? { acquire: () => Promise.reject(new Error('gone')) }
        : Reflect.get(target, name, self),
  });
  await t.throwsAsync(takeBatch({ ...intake, db: broken }, [message]), { message: 'gone' });
  t.is(message.acked, 0);
});

test('an event that names another service than its sender is refused', (t) => {
  const { parse } = handleLog(intake);
  const entry = buildEvent({ service: 'auth' });
  t.notThrows(() => parse({ ...buildReceived(entry), sender: 'auth' }));
  t.throws(() => parse({ ...buildReceived(entry), sender: 'accounts' }), { message: /another service/ });
});

test('an event on the subject of another level or group is refused', (t) => {
  const actor = { id: newId(), username: 'ann', role: 'member' as const };
  const entry = buildEvent({ actor, level: 'WARNING' });
  const { parse } = handleLog(intake);
  for (const subject of ['log.membres.info', 'log.agents.warning', 'log.system.warning', 'log.membres.error'])
    t.throws(() => parse(buildReceived(entry, { subject })), { message: /subject/ }, subject);
  t.notThrows(() => parse(buildReceived(entry, { subject: 'log.membres.warning' })));
});
