import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runCli, UserError } from '@guichet/cli';
import { type BackupPlan, sealBackup } from '../backup/seal-backup.ts';
import { clusterSecrets } from '../secrets/secret-store.ts';

// Runs in the cluster after a dump: `seal-backup.ts PLAN FOLDER [--outgoing]` seals the bank's secrets beside the newest dump; the option also
// seals the dump, and prepares both for the upload.
await runCli(async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { outgoing: { type: 'boolean', default: false } },
  });
  const [plan, folder] = positionals;
  if (plan === undefined || folder === undefined)
    throw new UserError('Usage: seal-backup.ts PLAN FOLDER [--outgoing]');
  const written = await sealBackup(JSON.parse(readFileSync(plan, 'utf8')) as BackupPlan, {
    store: clusterSecrets(process.env.POD_NAMESPACE ?? 'default'),
    folder,
    outgoing: values.outgoing,
  });
  for (const name of written) process.stdout.write(`sealed ${name}\n`);
  return 0;
});
