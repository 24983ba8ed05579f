import { buildImages } from '../images/build-images.ts';
import { speakPlainly } from '../stop-sentence.ts';

await speakPlainly(() => buildImages(process.argv.slice(2), (text) => process.stdout.write(`${text}\n`)));
