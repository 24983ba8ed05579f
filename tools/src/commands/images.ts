import { runCli } from '@guichet/cli';
import { buildImages } from '../images/build-images.ts';

await runCli(() => buildImages(process.argv.slice(2), (text) => process.stdout.write(`${text}\n`)));
