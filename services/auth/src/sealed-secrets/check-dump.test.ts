import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createVault } from '@guichet/vault';
import test from 'ava';
import { checkDump } from './check-dump.ts';

const [OLD, NEW] = [Buffer.alloc(32, 7), Buffer.alloc(32, 9)];
const both = createVault([NEW, OLD]);
const signingKey = (vault = both) => vault.seal('{"kty":"EC","d":"secret"}', 'signing key k1');

const folder = await mkdtemp(join(tmpdir(), 'guichet-dump-'));
test.after.always(() => rm(folder, { recursive: true, force: true }));

async function dumpOf(name: string, rows: string, end = '-- Dump completed on 2026-11-30  2:41:00\n') {
  const file = join(folder, `${name}.sql.gz`);
  const text = `-- MariaDB dump 10.19\nUSE \`guichet_auth\`;\n${rows}\nUNLOCK TABLES;\n${end}`;
  await writeFile(file, gzipSync(text));
  return file;
}

/** The rows on one line, as mysqldump writes them. */
const mysql = (sealed: string) =>
  `INSERT INTO \`signing_keys\` VALUES ('k1','signing','{}','${sealed}','2026-11-30 00:00:00.000',NULL,NULL);`;

test('a dump is accepted by the vault that opens every secret in it', async (t) => {
  t.is(await checkDump(await dumpOf('mysql', mysql(signingKey())), both), 1);
  const mariadb = `CREATE TABLE \`signing_keys\` (\nINSERT INTO \`signing_keys\` VALUES\n('k1','signing','{}','${signingKey()}',NULL),\n('k2','old','{}','${signingKey(createVault([OLD]))}',NULL);
DROP TABLE IF EXISTS \`totp_secrets\`;\nINSERT INTO \`totp_secrets\` VALUES\n('u1','${both.seal('TOTP', 'totp u1')}');`;
  const file = await dumpOf('mariadb', mariadb);
  t.is(await checkDump(file, both), 3);
  await t.throwsAsync(checkDump(file, createVault([NEW])), { message: /which KEY_ENCRYPTION_KEY lacks/ });
});

test('a dump that another key sealed is refused, with the ids of the keys', async (t) => {
  const other = createVault([Buffer.alloc(32, 3)]);
  await t.throwsAsync(checkDump(await dumpOf('other', mysql(signingKey())), other), {
    message: new RegExp(`${both.keyIds[0]}.*lacks \\(it has ${other.keyIds[0]}\\)`),
  });
});

test('a dump without a signing key, or without its end, is refused', async (t) => {
  const like = both.seal('x', 'y');
  await t.throwsAsync(checkDump(await dumpOf('empty', `INSERT INTO \`users\` VALUES ('${like}');`), both), {
    message: /no signing key/,
  });
  await t.throwsAsync(checkDump(await dumpOf('cut', mysql(signingKey()), ''), both), {
    message: /not a complete dump/,
  });
});
