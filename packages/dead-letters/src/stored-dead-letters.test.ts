import { silentLog } from '@guichet/log';
import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { countDeadLetters, createDeadLettersTable } from './store.ts';
import { storedDeadLetters } from './stored-dead-letters.ts';

test('a batch of large dead letters is stored, although one statement could not hold it', async (t) => {
  const { db, drop } = await testDatabase();
  t.teardown(drop);
  await createDeadLettersTable(db);
  const letters = Array.from({ length: 40 }, (_, index) => ({
    stream: 'USERS' as const,
    sequence: index + 1,
    subject: `users.${index}`,
    messageId: `m${index}`,
    reason: 'unreadable',
    payload: Buffer.alloc(1_000_000, index),
  }));
  await storedDeadLetters(db, silentLog).keep(letters);
  t.is((await countDeadLetters(db)).get('USERS'), 40);
});
