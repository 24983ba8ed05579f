import { runCli } from '@guichet/cli';
import { runServiceCommand } from '../start/run-service-command.ts';

// Lists, rotates or revokes the keys of the local bank, or of the database named by DATABASE_HOST and so on.
await runCli(() => runServiceCommand('auth', 'keys/keys-command.ts', process.argv.slice(2)));
