import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { NODE, PROJECT } from '../project.ts';
import { speakPlainly } from '../stop-sentence.ts';

// Kills accounts and the database of a bank of its own under load, `-- --kills N` times; status 1 where anything was lost or done twice.
await speakPlainly(async () => {
  const command = join(PROJECT, 'e2e', 'src', 'crash', 'command.ts');
  const child = spawn(NODE, [command, ...process.argv.slice(2)], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code ?? 1;
});
