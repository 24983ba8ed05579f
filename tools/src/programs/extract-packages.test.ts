import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { extractWhole } from './extract-packages.ts';
import { findProgram } from './find.ts';

test('threads of one process that extract the same packages at once all find them whole', async (t) => {
  t.timeout(300_000);
  const cache = await mkdtemp(join(tmpdir(), 'guichet-packages-'));
  t.teardown(() => rm(cache, { recursive: true }));
  const folder = join(cache, 'a', 'small-one');
  const extract = () => extractWhole('Hello', folder, { withDependencies: ['hello'] });
  if (findProgram(['apt-get']) === null) {
    await t.throwsAsync(extract, { message: /Hello could not be downloaded/ });
    t.deepEqual(await readdir(join(cache, 'a')), []);
    return;
  }
  await Promise.all([extract(), extract(), extract()]);
  t.true((await readdir(join(folder, 'root', 'usr', 'bin'))).includes('hello'));
  t.deepEqual(await readdir(join(cache, 'a')), ['small-one']);
});
