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

test.serial('nothing is acknowledged where the database refuses', async (t) => {
  const message = buildReceived(buildEvent());
  const broken = new Proxy(db, {
    get: (target, name, self) =>
      name === 'transaction' ? () => Promise.reject(new Error('gone')) : Reflect.get(target, name, self),
  });
  await t.throwsAsync(takeBatch({ ...intake, db: broken }, [message]), { message: 'gone' });
  t.is(message.acked, 0);
});
