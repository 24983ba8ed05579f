import { type Database, queryOnce, transaction } from '@guichet/database';
import type { Log } from '@guichet/log';
import type { Clock } from '@guichet/time';
import type { Vault } from '@guichet/vault';
import { REFRESH_GRACE_MS, REPLICA_CLOCKS_MS } from '../sessions/rules.ts';
import {
  countByKey,
  countPairsByKey,
  listSealedOtherwise,
  replaceSealed,
  SEALED_COLUMNS,
  type SealedColumn,
  type SealedRow,
} from './store.ts';

const AT_ONCE = 500;

interface Sealing {
  db: Database;
  vault: Vault;
  clock: Clock;
}

/** How many secrets each key sealed, by the ids of the keys; a key of KEY_ENCRYPTION_KEY that sealed none has 0. */
export type SecretsByKey = Readonly<Record<string, number>>;

/**
 * Seals every secret that an older key sealed with the first key of KEY_ENCRYPTION_KEY. Safe to run at any time, in every replica. A secret whose
 * key is missing stays as it is, and is logged.
 * @returns how many were sealed again, and what each key still seals
 */
export async function resealSecrets(
  deps: Sealing & { log: Log },
  { atOnce = AT_ONCE, signal }: { atOnce?: number; signal?: AbortSignal } = {},
): Promise<{ resealed: number; secretsByKey: SecretsByKey }> {
  let resealed = 0;
  for (const column of SEALED_COLUMNS) {
    for (let after = ''; ; ) {
      signal?.throwIfAborted();
      const rows = await queryOnce(deps.db, listSealedOtherwise(column, deps.vault.keyIds[0], after, atOnce));
      const last = rows.at(-1);
      if (last === undefined) break;
      resealed += await resealRows(deps, column, rows);
      after = last.id;
    }
  }
  const secretsByKey = await countSecretsByKey(deps);
  if (resealed > 0) deps.log.info({ resealed, secrets_by_key: secretsByKey }, 'secrets sealed again');
  return { resealed, secretsByKey };
}

async function resealRows(
  { db, vault, log }: Sealing & { log: Log },
  column: SealedColumn,
  rows: readonly SealedRow[],
): Promise<number> {
  const replacements = rows.flatMap((row) => {
    const context = column.contextOf(row.id);
    try {
      return [{ row, sealed: vault.seal(vault.open(row.sealed, context), context) }];
    } catch (err) {
      log.error({ err, secret: context }, 'a secret cannot be opened');
      return [];
    }
  });
  return transaction(db, async (trx) => {
    let replaced = 0;
    for (const { row, sealed } of replacements)
      replaced += await queryOnce(trx, replaceSealed(column, row, sealed));
    return replaced;
  });
}

/** How many secrets each key sealed: a key other than the first can be removed from KEY_ENCRYPTION_KEY once it has 0. */
export async function countSecretsByKey({ db, vault, clock }: Sealing): Promise<SecretsByKey> {
  const secretsByKey: Record<string, number> = Object.fromEntries(vault.keyIds.map((id) => [id, 0]));
  const counts = [
    ...SEALED_COLUMNS.map(countByKey),
    countPairsByKey(new Date(clock().getTime() - REFRESH_GRACE_MS - REPLICA_CLOCKS_MS)),
  ];
  for (const query of counts) {
    for (const { keyId, count } of await queryOnce(db, query))
      secretsByKey[keyId] = (secretsByKey[keyId] ?? 0) + count;
  }
  return secretsByKey;
}
