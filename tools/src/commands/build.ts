import { runCli } from '@guichet/cli';
import { buildAssets } from '../start/assets.ts';

// Services run as they stand; only the browser's files are made.
await runCli(async () => {
  await buildAssets((text) => process.stdout.write(`${text}\n`));
  return 0;
});
