import { createOpener, createSealer, generateSealingKeys } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { readHead } from '../entries/store.ts';
import { buildEvent, buildReceived, MIGRATIONS } from '../fixtures.ts';
import { takeBatch } from './take-log.ts';

const { db, drop } = await testDatabase({ migrations: MIGRATIONS });
test.after.always(drop);

const keys = generateSealingKeys();
const seal = createSealer(keys.publicKey);
const heads: bigint[] = [];
const intake = {
  db,
  log: silentLog,
  clock: () => new Date(),
  open: createOpener(keys.secretKey),
  onStored: ({ head }: { head: bigint }) => heads.push(head),
};
const sealed = (event: unknown) => seal(Buffer.from(JSON.stringify(event)));

test.serial(
  'sealed and plain events are stored in the order in which they came, then acknowledged',
  async (t) => {
    const batch = [
      buildReceived(sealed(buildEvent())),
      buildReceived(buildEvent()),
      buildReceived(sealed(buildEvent())),
    ];
    await takeBatch(intake, batch);
    t.deepEqual(
      batch.map(({ acked }) => acked),
      [1, 1, 1],
    );
    t.is((await readHead(db)).sequence, 3n);
    t.deepEqual(heads, [3n]);
  },
);

test.serial(
  'what cannot be read is set aside with its bytes and the reason, and holds nothing up',
  async (t) => {
    const foreign = createSealer(generateSealingKeys().publicKey)(Buffer.from('{}'));
    const bad = [
      buildReceived(Buffer.from('no json')),
      buildReceived(Buffer.from([0xff, 0xfe])),
      buildReceived({ id: 'x' }),
      buildReceived(buildEvent({ level: 'LOUD' as 'INFO' })),
      buildReceived(foreign),
    ];
    const good = buildReceived(sealed(buildEvent()));
    await takeBatch(intake, [...bad, good]);
    await takeBatch(intake, bad);
    t.true([...bad, good].every(({ acked }) => acked > 0));
    t.is((await readHead(db)).sequence, 4n);
    const rows = await db('unreadable').select();
    t.is(rows.length, bad.length, 'each of them once, however often it is delivered');
    t.true(
      rows.some(({ reason, payload }) => /sealed for another key/.test(reason) && foreign.equals(payload)),
    );
    t.true(rows.some(({ reason }) => /not JSON/.test(reason)));
    t.true(rows.some(({ reason }) => /level/.test(reason)));
  },
);

test.serial('without the secret key, sealed entries wait as unreadable rather than being lost', async (t) => {
  const message = buildReceived(sealed(buildEvent()));
  await takeBatch({ ...intake, open: null }, [message]);
  t.is(message.acked, 1);
  t.truthy(await db('unreadable').where('reason', 'like', '%LOG_SEALING_SEED%').first());
});

test.serial('nothing is acknowledged where the database refuses', async (t) => {
  const message = buildReceived(buildEvent());
  const broken = new Proxy(db, {
    get: (target, name, self) =>
      name === 'transaction' ? () => Promise.reject(new Error('gone')) : Reflect.get(target, name, self),
  });
  await t.throwsAsync(takeBatch({ ...intake, db: broken }, [message]), { message: 'gone' });
  t.is(message.acked, 0);
});
