import { runBank } from '../start/command.ts';
import { speakPlainly } from '../stop-sentence.ts';

await speakPlainly(() => runBank({ arguments: process.argv.slice(2), watch: true }));
