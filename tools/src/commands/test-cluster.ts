import { runClusterTest } from '../cluster-test/command.ts';
import { speakPlainly } from '../stop-sentence.ts';

await speakPlainly(() => runClusterTest(process.argv.slice(2), (text) => process.stdout.write(`${text}\n`)));
