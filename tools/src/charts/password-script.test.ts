import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { CHART } from './generated-files.ts';

const SCRIPT = join(CHART, 'charts', 'mysql', 'files', 'password.sh');

const folder = await mkdtemp(join(tmpdir(), 'guichet-password-'));
test.after.always(() => rm(folder, { recursive: true, force: true }));

/** Runs the script with a client that only writes down what it was given. */
async function run(args: readonly string[], input = '') {
  const given = join(folder, 'given');
  await writeFile(given, '');
  await writeFile(join(folder, 'root'), 'the password of root');
  await writeFile(join(folder, 'mysql'), `#!/bin/bash\n{ echo "$MYSQL_PWD / $*"; cat; } >"${given}"\n`);
  await chmod(join(folder, 'mysql'), 0o755);
  const { exitCode } = await execa('bash', [SCRIPT, ...args], {
    input,
    reject: false,
    env: { SECRETS: folder, PATH: `${folder}:${process.env.PATH}` },
  });
  return { exitCode, given: await readFile(given, 'utf8') };
}

test.serial('a new password is set beside the old one, which is discarded afterwards', async (t) => {
  t.deepEqual(await run(['set', 'auth_migration'], `it's \\ new`), {
    exitCode: 0,
    given: `the password of root / --user=root
ALTER USER 'auth_migration'@'%' IDENTIFIED BY 'it''s \\\\ new' RETAIN CURRENT PASSWORD;
`,
  });
  t.deepEqual(await run(['discard', 'auth']), {
    exitCode: 0,
    given: `the password of root / --user=root\nALTER USER 'auth'@'%' DISCARD OLD PASSWORD;\n`,
  });
});

test.serial('without a user, a password or a known command, nothing is changed', async (t) => {
  for (const args of [[], ['set'], ['set', 'auth'], ['drop', 'auth']])
    t.deepEqual(await run(args), { exitCode: 1, given: '' }, args.join(' '));
});
