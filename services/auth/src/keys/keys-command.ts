import { databaseSettings, readSettings, serverSettings } from '@guichet/config';
import { openDatabase } from '@guichet/database';
import { createLog } from '@guichet/log';
import { rotationFrom, rotationSettings, tokenSettings, vaultSettings } from '../config.ts';
import { createVault } from '../vault.ts';
import { KEYS_USAGE, runKeysCommand } from './run-keys-command.ts';

// The running service publishes revocations from its outbox, and reads the keys every second. Exits with status 1 on failure.
const args = process.argv.slice(2);
if (args.length === 0) {
  console.error(`Usage: node services/auth/src/keys/keys-command.ts ${KEYS_USAGE}`);
  process.exit(1);
}
const { TLS_DIRECTORY } = serverSettings;
const settings = readSettings({
  ...databaseSettings,
  ...tokenSettings,
  ...vaultSettings,
  ...rotationSettings,
  TLS_DIRECTORY,
});
const log = createLog({ service: 'auth', level: 'error' });
const db = openDatabase(settings, log);
try {
  const deps = {
    db,
    log,
    clock: () => new Date(),
    vault: createVault(settings.KEY_ENCRYPTION_KEY),
    policy: { tokenTtlSeconds: settings.TOKEN_TTL_SECONDS },
  };
  for (const line of await runKeysCommand(deps, rotationFrom(settings), args)) console.log(line);
} catch (error) {
  console.error(`The keys can’t be processed: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await db.destroy();
}
