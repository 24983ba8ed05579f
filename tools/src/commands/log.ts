import { runCli } from '@guichet/cli';
import { runServiceCommand } from '../start/run-service-command.ts';

// Verifies the audit log of the local bank, or of the database named by DATABASE_HOSTS and so on; exports and drops its months.
await runCli(() =>
  runServiceCommand('logging', 'log-command.ts', process.argv.slice(2), { mayMigrate: true }),
);
