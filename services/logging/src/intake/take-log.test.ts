import { newId } from '@guichet/database';
import { createOpener, createSealer, generateSealingKeys, type Received } from '@guichet/events';
import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { readHead } from '../entries/store.ts';
import { buildEvent, buildReceived, MIGRATIONS } from '../fixtures.ts';
import { handleLog, type Intake } from './take-log.ts';

const { db, drop } = await testDatabase({ migrations: MIGRATIONS });
test.after.always(drop);

const keys = generateSealingKeys();
const seal = createSealer(keys.publicKey);
const heads: bigint[] = [];
const intake = {
  db,
  clock: () => new Date(),
  open: createOpener(keys.secretKey),
  onStored: ({ head }: { head: bigint }) => heads.push(head),
};
async function takeBatch(intake: Intake, batch: readonly Received[]): Promise<void> {
  const { parse, onBatch } = handleLog(intake);
  await onBatch(batch.map((message) => ({ ...message, value: parse(message) })));
}
const sealed = (event: unknown) => seal(Buffer.from(JSON.stringify(event)));

test.serial('sealed events are stored in the order in which they came, then acknowledged', async (t) => {
  const batch = [
    buildReceived(sealed(buildEvent())),
    buildReceived(sealed(buildEvent())),
    buildReceived(sealed(buildEvent())),
  ];
  await takeBatch(intake, batch);
  t.deepEqual(
    batch.map(({ acked }) => acked),
    [1, 1, 1],
  );
  t.is((await readHead(db)).sequence, 3n);
  t.deepEqual(heads, [3n]);
});

test.serial('nothing is acknowledged where the database refuses', async (t) => {
  const message = buildReceived(sealed(buildEvent()));
  const broken = new Proxy(db, {
    get: (target, name, self) =>
      name === 'transaction' ? () => Promise.reject(new Error('gone')) : Reflect.get(target, name, self),
  });
  await t.throwsAsync(takeBatch({ ...intake, db: broken }, [message]), { message: 'gone' });
  t.is(message.acked, 0);
});

test('a plain message is refused where entries are sealed, and taken where they are not', (t) => {
  const plain = buildReceived(buildEvent());
  t.throws(() => handleLog(intake).parse(plain), { message: /not sealed/ });
  t.notThrows(() => handleLog({ ...intake, open: null }).parse(plain));
});

test('an entry on the subject of another level, or of other people, is refused', (t) => {
  const actor = { id: newId(), username: 'ann', role: 'member' as const };
  const entry = sealed(buildEvent({ actor, level: 'WARNING' }));
  const { parse } = handleLog(intake);
  for (const subject of ['log.membres.info', 'log.agents.warning', 'log.system.warning', 'log.membres.error'])
    t.throws(() => parse(buildReceived(entry, { subject })), { message: /subject/ }, subject);
  t.notThrows(() => parse(buildReceived(entry, { subject: 'log.membres.warning' })));
});
