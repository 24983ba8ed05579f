import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readSettings } from '@guichet/config';
import { createVault } from '@guichet/vault';
import { vaultSettings } from './config.ts';
import { checkDump } from './sealed-secrets/check-dump.ts';

// `check-dump-command.ts FOLDER FILE|latest`: whether KEY_ENCRYPTION_KEY opens what is sealed in a dump; otherwise it exits with 1.
const [folder = '', wanted = 'latest'] = process.argv.slice(2);
try {
  const dumps = (await readdir(folder)).filter((name) => /^guichet-.*\.sql\.gz$/.test(name)).sort();
  const name = wanted === 'latest' ? dumps.at(-1) : dumps.find((dump) => dump === wanted);
  if (name === undefined)
    throw new Error(`There is no dump '${wanted}'. There are: ${dumps.join(', ') || 'none'}`);
  const vault = createVault(readSettings(vaultSettings, process.env).KEY_ENCRYPTION_KEY);
  process.stdout.write(
    `${name}: ${await checkDump(join(folder, name), vault)} sealed secrets, KEY_ENCRYPTION_KEY opens all\n`,
  );
} catch (error) {
  process.stderr.write(`${(error as Error).message}\nNothing was changed.\n`);
  process.exitCode = 1;
}
