import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCli } from '@guichet/cli';
import { completeLock, type LockFile, missingBuilds } from '../checks/lock-file.ts';
import { PROJECT } from '../project.ts';

// Run it after changing dependencies: it adds the entries for other platforms that npm left out of package-lock.json.
await runCli(async () => {
  const file = join(PROJECT, 'package-lock.json');
  const lock = JSON.parse(await readFile(file, 'utf8')) as LockFile;
  const missing = missingBuilds(lock);
  if (missing.length > 0) await writeFile(file, `${JSON.stringify(completeLock(lock), null, 2)}\n`);
  process.stdout.write(`Added ${missing.length} entries to package-lock.json.\n`);
  return 0;
});
