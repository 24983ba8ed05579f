import { runCli } from '@guichet/cli';
import { runClusterTest } from '../cluster/command.ts';

await runCli(() => runClusterTest(process.argv.slice(2), (text) => process.stdout.write(`${text}\n`)));
