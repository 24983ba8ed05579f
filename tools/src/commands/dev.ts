import { runCli } from '@guichet/cli';
import { runBank } from '../start/command.ts';

await runCli(() => runBank({ arguments: process.argv.slice(2), watch: true }));
