import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runCli, UserError } from '@guichet/cli';
import { backUp } from '../backup/back-up.ts';
import { dataFolder } from '../project.ts';

// `npm run backup -- --recipient age1… [FOLDER]`: a dump of the running local bank, and its secrets, sealed.
await runCli(async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { recipient: { type: 'string', multiple: true } },
  });
  if (values.recipient === undefined)
    throw new UserError(
      'To whom are the secrets sealed? --recipient age1… (age-keygen makes a key pair; keep the private key elsewhere)',
    );
  const [to = 'backups'] = positionals;
  for (const file of await backUp(dataFolder(), { to: resolve(to), recipients: values.recipient }))
    process.stdout.write(`${file}\n`);
  return 0;
});
