import { runCli } from '@guichet/cli';
import { runServiceCommand } from '../start/run-service-command.ts';

// Publishes every user of the local bank again, or of the database named by DATABASE_HOST and so on.
await runCli(() => runServiceCommand('auth', 'users/republish-command.ts'));
