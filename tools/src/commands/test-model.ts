import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { runCli } from '@guichet/cli';
import { NODE, PROJECT } from '../project.ts';
import { withTestServers } from '../test/servers.ts';

// Runs random commands against accounts and against a model of it (`-- --commands N --seed S`). Exits with status 1 if they differ.
await runCli(() =>
  withTestServers(async (urls) => {
    const command = join(PROJECT, 'services', 'accounts', 'src', 'model', 'command.ts');
    const child = spawn(NODE, [command, ...process.argv.slice(2)], {
      stdio: 'inherit',
      env: { ...process.env, ...urls },
    });
    const [code] = await once(child, 'exit');
    return code ?? 1;
  }),
);
