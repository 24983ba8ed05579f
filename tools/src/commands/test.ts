import { speakPlainly } from '../stop-sentence.ts';
import { runTests } from '../test/run.ts';

await speakPlainly(() => runTests(process.argv.slice(2)));
