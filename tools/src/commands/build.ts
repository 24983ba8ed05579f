import { buildAssets } from '../start/assets.ts';
import { speakPlainly } from '../stop-sentence.ts';

// Services run as they stand; only the browser's files are made.
await speakPlainly(async () => {
  await buildAssets((text) => process.stdout.write(`${text}\n`));
  return 0;
});
