import { runCli } from '@guichet/cli';
import { buildAssets } from '../start/assets.ts';

// Services run without a build step; only the browser's files are built.
await runCli(async () => {
  await buildAssets((text) => process.stdout.write(`${text}\n`));
  return 0;
});
