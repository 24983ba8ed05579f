import { runCli } from '@guichet/cli';
import { runServiceCommand } from '../start/run-service-command.ts';

// The same as `npm run admin -- keys`.
await runCli(() => runServiceCommand('auth', 'admin-command.ts', ['keys', ...process.argv.slice(2)]));
