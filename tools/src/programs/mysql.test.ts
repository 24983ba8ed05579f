import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { databaseProgram } from './find.ts';
import { ensureMysql } from './mysql.ts';

async function program(t: ExecutionContext, version: string): Promise<{ cache: string; server: string }> {
  const cache = await mkdtemp(join(tmpdir(), 'guichet-mysql-'));
  t.teardown(() => rm(cache, { recursive: true, force: true }));
  const server = join(cache, 'mysql', 'mysqld');
  await mkdir(join(cache, 'mysql'));
  await writeFile(server, `#!/bin/sh\necho '${version}'\n`);
  await chmod(server, 0o755);
  return { cache, server };
}

test('MySQL that was downloaded before is used, also beside MariaDB', async (t) => {
  const { cache } = await program(t, 'mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))');
  const found = await ensureMysql((text) => t.fail(text), cache);
  t.is(found.flavour, 'mysql');
});

test('a server that is too old is none, nor is a file that does not exist', async (t) => {
  const { server } = await program(
    t,
    'mysqld  Ver 8.0.40 for Linux on x86_64 (MySQL Community Server - GPL)',
  );
  t.is(await databaseProgram(server), null);
  t.is(await databaseProgram(`${server}-missing`), null);
});
