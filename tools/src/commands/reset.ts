import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { runCli, UserError } from '@guichet/cli';
import { dataFolder } from '../project.ts';
import { endLeftovers, holderOf } from '../start/data-folder.ts';
import { looksLikeDataFolder } from '../start/reset.ts';

// Forgets everything that the local bank keeps, after asking.
await runCli(async () => {
  const folder = dataFolder();
  if (!existsSync(folder)) {
    process.stdout.write(`There is nothing to forget: ${folder} does not exist.\n`);
    return 0;
  }
  const pid = holderOf(folder);
  if (pid !== null) throw new UserError(`Guichet runs on ${folder} (process ${pid}): stop it first.`);
  if (!looksLikeDataFolder(folder)) {
    throw new UserError(`${folder} does not look like Guichet's data: nothing was removed.`);
  }
  if (!(await isSure(folder))) {
    process.stdout.write('Nothing was removed.\n');
    return 1;
  }
  await endLeftovers(folder);
  await rm(folder, { recursive: true, force: true });
  process.stdout.write(`Removed ${folder}. The next npm start begins a new bank.\n`);
  return 0;
});

async function isSure(folder: string): Promise<boolean> {
  if (process.argv.includes('--yes')) return true;
  if (!process.stdin.isTTY) throw new UserError('Say that you are sure: npm run reset -- --yes');
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await prompt.question(
    `Remove the whole bank in ${folder}: accounts, mail, logins? (yes/no) `,
  );
  prompt.close();
  return /^(y|yes|o|oui)$/i.test(answer.trim());
}
