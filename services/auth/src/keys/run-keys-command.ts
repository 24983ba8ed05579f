import { plain, sentence } from '@guichet/contract/events';
import { transaction } from '@guichet/database';
import type { Log } from '@guichet/log';
import { enqueue } from '@guichet/outbox';
import type { Clock } from '@guichet/time';
import { operatorRan } from '../operator.ts';
import { countSecretsByKey, resealSecrets } from '../sealed-secrets/reseal-secrets.ts';
import { UsageError } from '../usage-error.ts';
import { revokeKeys } from './revoke-keys.ts';
import { rotateAtOnce } from './rotate-at-once.ts';
import type { KeyDeps } from './rotate-keys.ts';
import type { Rotation } from './rules.ts';
import { listKeysAndRevoked } from './store.ts';

export const KEYS_USAGE = 'list | rotate | revoke <kid>… | reseal';

/**
 * What an operator does with the keys of auth: `list` shows them, `rotate` lets the next key sign, `revoke` refuses the tokens of stolen ones,
 * and `reseal` seals again what an older key of KEY_ENCRYPTION_KEY sealed. Whatever changes something is logged as ADMIN_COMMAND.
 * @returns what to print, line by line
 * @throws UsageError for another command; Error if the command can't be carried out
 */
export async function runKeysCommand(
  deps: KeyDeps & { clock: Clock; log: Log },
  rotation: Rotation,
  [command, ...kids]: readonly string[],
): Promise<string[]> {
  if (command === 'revoke' && kids.length > 0) {
    const revoked = await revokeKeys(deps, rotation, kids);
    return [`Keys revoked: ${revoked.length}. Every service refuses their tokens within two seconds.`];
  }
  if (kids.length > 0) throw new UsageError(`use ${KEYS_USAGE}`);
  switch (command) {
    case 'list':
      return [...(await listSigningKeys(deps)), '', ...(await listSealingKeys(deps))];
    case 'rotate':
      return [
        `${await rotateAtOnce(deps, rotation)} signs from now on. The tokens of the key before it stay valid.`,
      ];
    case 'reseal':
      return reseal(deps);
    default:
      throw new UsageError(`use ${KEYS_USAGE}`);
  }
}

async function listSigningKeys({ db }: KeyDeps): Promise<string[]> {
  const keys = await listKeysAndRevoked(db);
  return [
    'Keys that sign access tokens:',
    ...keys.map(({ kid, state, signing_since, created_at }) => {
      const since =
        signing_since === null
          ? `published ${created_at.toISOString()}`
          : `signed from ${signing_since.toISOString()}`;
      return `  ${kid}  ${state.padEnd(11)}  ${since}`;
    }),
  ];
}

async function listSealingKeys(deps: KeyDeps): Promise<string[]> {
  const secretsByKey = await countSecretsByKey(deps);
  const [current, ...older] = deps.vault.keyIds;
  const roleOf = (id: string): string => {
    if (id === current) return 'seals';
    if (!older.includes(id)) return 'missing in KEY_ENCRYPTION_KEY: these secrets are lost without it';
    return secretsByKey[id] === 0
      ? 'opens nothing: it can be removed once every replica seals with the first key'
      : 'still needed';
  };
  return [
    'Keys of KEY_ENCRYPTION_KEY, and how many secrets each of them seals:',
    ...Object.entries(secretsByKey).map(
      ([id, count]) => `  ${id}  ${String(count).padStart(9)}  ${roleOf(id)}`,
    ),
  ];
}

async function reseal(deps: KeyDeps & { clock: Clock; log: Log }): Promise<string[]> {
  const { resealed } = await resealSecrets(deps);
  await transaction(deps.db, (trx) =>
    enqueue(trx, [
      operatorRan(deps.clock(), {
        sentence: sentence`An operator sealed ${plain(String(resealed))} secrets of auth again.`,
        data: { command: 'keys reseal', resealed },
      }),
    ]),
  );
  return [`Secrets sealed again: ${resealed}.`, '', ...(await listSealingKeys(deps))];
}
