import { runCli } from '@guichet/cli';
import { runBank } from '../start/command.ts';

// The bank on three database nodes and three NATS nodes, with two processes of each service, all on this machine.
await runCli(() => runBank({ arguments: process.argv.slice(2), watch: false, cluster: true }));
