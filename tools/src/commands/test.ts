import { runCli } from '@guichet/cli';
import { runTests } from '../test/run.ts';

await runCli(() => runTests(process.argv.slice(2)));
