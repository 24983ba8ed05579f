import { runCli } from '@guichet/cli';
import { runServiceCommand } from '../start/run-service-command.ts';

// Reconciles the ledger of the local bank, or of the database named by DATABASE_HOSTS and so on. Exits with status 1 on a difference.
await runCli(() => runServiceCommand('accounts', 'reconciliation/reconcile-command.ts'));
