import { join } from 'node:path';
import { runCli } from '@guichet/cli';
import { execa } from 'execa';
import { PROJECT } from '../project.ts';

await runCli(async () => {
  const biome = join(PROJECT, 'node_modules', '.bin', 'biome');
  const { exitCode } = await execa(biome, ['check', '--write'], {
    cwd: PROJECT,
    reject: false,
    stdio: 'inherit',
  });
  return exitCode ?? 1;
});
