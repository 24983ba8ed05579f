import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { runCli, UserError } from '@guichet/cli';
import { dataFolder } from '../project.ts';
import { holderOf, stopLeftovers } from '../start/data-folder.ts';
import { looksLikeDataFolder } from '../start/reset.ts';

// Deletes all data of the local bank after a confirmation.
await runCli(async () => {
  const folder = dataFolder();
  if (!existsSync(folder)) {
    process.stdout.write(`Nothing to delete: ${folder} does not exist.\n`);
    return 0;
  }
  const pid = holderOf(folder);
  if (pid !== null) throw new UserError(`Guichet is running on ${folder} (process ${pid}). Stop it first.`);
  if (!looksLikeDataFolder(folder)) {
    throw new UserError(`${folder} doesn't look like Guichet's data, so nothing was deleted.`);
  }
  if (!(await isSure(folder))) {
    process.stdout.write('Nothing was deleted.\n');
    return 1;
  }
  await stopLeftovers(folder);
  await rm(folder, { recursive: true, force: true });
  process.stdout.write(`Deleted ${folder}. The next npm start creates a new bank.\n`);
  return 0;
});

async function isSure(folder: string): Promise<boolean> {
  if (process.argv.includes('--yes')) return true;
  if (!process.stdin.isTTY) throw new UserError('This deletes all data. To confirm: npm run reset -- --yes');
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await prompt.question(
    `Delete the bank in ${folder} with all accounts, mail and logins? (yes/no) `,
  );
  prompt.close();
  return /^(y|yes|o|oui)$/i.test(answer.trim());
}
