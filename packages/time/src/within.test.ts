import test from 'ava';
import { within } from './within.ts';

test('a value that comes in time is returned; a late one and a failure are null', async (t) => {
  t.is(await within(1_000, Promise.resolve(5)), 5);
  t.is(await within(1_000, Promise.reject(new Error('no'))), null);
  t.is(await within(20, new Promise(() => undefined)), null);
});
