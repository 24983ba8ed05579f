import { runCli } from '@guichet/cli';
import { runServiceCommand } from '../start/run-service-command.ts';

// The operator's commands for keys, sessions and superusers of the local bank, or of the database named by DATABASE_HOSTS and so on.
await runCli(() => runServiceCommand('auth', 'admin-command.ts', process.argv.slice(2)));
