import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testAuthority } from '@guichet/testing';
import test from 'ava';
import { followTls, readTls } from './index.ts';

const authority = await testAuthority();
test.after.always(() => authority.remove());

test('the files stay the same object until they are renewed', async (t) => {
  const directory = await authority.issue('auth');
  const followed = followTls(directory, 0);
  const first = followed.current();
  t.is(followed.current(), first);
  await authority.issue('auth', { directory });
  const second = followed.current();
  t.not(second, first);
  t.deepEqual(second, readTls(directory));
  t.is(followed.current(), second);
});

test('an incomplete renewal is ignored until it is complete', async (t) => {
  const directory = await authority.issue('auth');
  const followed = followTls(directory, 0);
  const first = followed.current();
  const { key } = readTls(await authority.issue('auth'));
  await writeFile(join(directory, 'tls.key'), key);
  t.is(followed.current(), first, 'a key that is not the certificate’s');
  await rm(join(directory, 'tls.crt'));
  t.is(followed.current(), first, 'a certificate that is gone');
  await authority.issue('auth', { directory });
  t.deepEqual(followed.current(), readTls(directory));
});

test('the files are checked at most once a second', async (t) => {
  const directory = await authority.issue('auth');
  const followed = followTls(directory);
  await authority.issue('auth', { directory });
  t.notDeepEqual(followed.current(), readTls(directory));
});

test('a folder without a certificate is an error at the start', (t) => {
  t.throws(() => followTls('/nowhere'), { code: 'ENOENT' });
});
