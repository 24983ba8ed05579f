import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { sealingKeyId, type Vault } from '@guichet/vault';
import { SEALED_COLUMNS } from './store.ts';

const SEALED = /'([0-9a-f]{12}\.[\w-]{40,})'/g;
const TABLES = SEALED_COLUMNS.map(({ table }) => table);

/**
 * Checks, before a restore drops anything, that `vault` opens what is sealed in a compressed dump (of mysqldump or mariadb-dump).
 * @returns the number of secrets that it opens
 * @throws Error if the dump needs a key that the vault lacks, has no signing key, or is not complete
 */
export async function checkDump(file: string, vault: Vault): Promise<number> {
  const { sealed, isComplete } = await readDump(file);
  if (!isComplete) throw new Error(`${file} is not a complete dump`);
  if (sealed.length === 0) throw new Error(`${file} has no signing key: it is not a dump of the whole bank`);
  const missing = [...new Set(sealed)].filter((id) => !vault.keyIds.includes(id));
  if (missing.length > 0)
    throw new Error(
      `${file} was sealed with the key ${missing.join(', ')}, which KEY_ENCRYPTION_KEY lacks (it has ${vault.keyIds.join(', ')}). Restore the secrets of this backup first.`,
    );
  return sealed.length;
}

/** The ids of the keys that sealed the secrets in a dump, and whether the dump has its last line. */
async function readDump(file: string): Promise<{ sealed: string[]; isComplete: boolean }> {
  const input = createReadStream(file).pipe(createGunzip());
  const sealed: string[] = [];
  let table = '';
  let last = '';
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== '') last = line;
    table = /^(?:INSERT INTO|DROP TABLE IF EXISTS|CREATE TABLE) `(\w+)`/.exec(line)?.[1] ?? table;
    if (!TABLES.includes(table)) continue;
    for (const [, text = ''] of line.matchAll(SEALED)) sealed.push(sealingKeyId(text));
  }
  return { sealed, isComplete: last.startsWith('-- Dump completed') };
}
