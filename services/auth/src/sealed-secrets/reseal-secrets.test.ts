import { queryOnce, transaction } from '@guichet/database';
import { createVault, sealingKeyId } from '@guichet/vault';
import test from 'ava';
import { openTestAuth, type TestAuth } from '../fixtures.ts';
import { createKeyring } from '../keys/keyring.ts';
import { replaceTotp } from '../totp/store.ts';
import { countSecretsByKey, resealSecrets } from './reseal-secrets.ts';
import { listSealedOtherwise, replaceSealed, SEALED_COLUMNS } from './store.ts';

/** The key of the tests' auth, and another. */
const [OLD, NEW] = [Buffer.alloc(32, 7), Buffer.alloc(32, 9)];
const rotated = createVault([NEW, OLD]);
const [newId, oldId] = rotated.keyIds as unknown as [string, string];

async function withSecrets(auth: TestAuth, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const { id } = await auth.user();
    const sealed = auth.deps.vault.seal(`SECRET${made}`, `totp ${id}`);
    await transaction(auth.deps.db, (trx) => replaceTotp(trx, id, sealed, auth.deps.clock()));
    ids.push(id);
  }
  return ids;
}

const storedOf = async (auth: TestAuth, userId: string): Promise<string> =>
  (await auth.database.db('totp_secrets').where({ user_id: userId }).first()).secret_sealed;

test('every secret is sealed again with the first key, in batches, and then the older key can be removed', async (t) => {
  const auth = await openTestAuth();
  t.teardown(() => auth.close());
  const ids = await withSecrets(auth, 7);
  const keys = await auth.database.db('signing_keys').whereNotNull('private_sealed');
  const { kid } = auth.deps.keyring.signingKey();
  const deps = { ...auth.deps, vault: rotated };
  t.deepEqual(await countSecretsByKey(deps), { [newId]: 0, [oldId]: 7 + keys.length });

  const { resealed, secretsByKey } = await resealSecrets(deps, { atOnce: 3 });
  t.is(resealed, 7 + keys.length);
  t.deepEqual(secretsByKey, { [newId]: 7 + keys.length, [oldId]: 0 });
  const onlyNew = createVault([NEW]);
  for (const [made, id] of ids.entries())
    t.is(onlyNew.open(await storedOf(auth, id), `totp ${id}`), `SECRET${made}`);
  const keyring = createKeyring(auth.deps.db, onlyNew);
  await keyring.reload();
  t.is(keyring.signingKey().kid, kid);
  t.is((await resealSecrets(deps)).resealed, 0, 'nothing is left to do');
});

test('the second factor works before, while and after its secret is sealed again', async (t) => {
  const auth = await openTestAuth();
  t.teardown(() => auth.close());
  const [id = ''] = await withSecrets(auth, 1);
  const before = await storedOf(auth, id);
  t.is(rotated.open(before, `totp ${id}`), 'SECRET0');
  await resealSecrets({ ...auth.deps, vault: rotated });
  // A replica that has both keys in the old order, as in the first step of a rotation.
  t.is(createVault([OLD, NEW]).open(await storedOf(auth, id), `totp ${id}`), 'SECRET0');
});

test('a secret that is replaced meanwhile is not overwritten', async (t) => {
  const auth = await openTestAuth();
  t.teardown(() => auth.close());
  const [id = ''] = await withSecrets(auth, 1);
  const column = SEALED_COLUMNS.find(({ table }) => table === 'totp_secrets') as (typeof SEALED_COLUMNS)[0];
  const [row] = await queryOnce(auth.deps.db, listSealedOtherwise(column, newId, '', 10));
  const changed = rotated.seal('NEWER', `totp ${id}`);
  await transaction(auth.deps.db, (trx) => replaceTotp(trx, id, changed, auth.deps.clock()));
  t.is(
    await queryOnce(auth.deps.db, replaceSealed(column, row as never, rotated.seal('OLDER', `totp ${id}`))),
    0,
  );
  t.is(await storedOf(auth, id), changed);
});

test('a secret whose key is missing stays, is counted under its key, and holds up no other', async (t) => {
  const auth = await openTestAuth();
  t.teardown(() => auth.close());
  const [lost = '', other = ''] = (await withSecrets(auth, 2)).sort();
  const foreign = createVault([Buffer.alloc(32, 3)]);
  const sealed = foreign.seal('LOST', `totp ${lost}`);
  await auth.database.db('totp_secrets').where({ user_id: lost }).update({ secret_sealed: sealed });
  const { secretsByKey } = await resealSecrets({ ...auth.deps, vault: rotated });
  t.is(secretsByKey[foreign.keyIds[0]], 1);
  t.is(secretsByKey[oldId], 0);
  t.is(await storedOf(auth, lost), sealed);
  t.is(sealingKeyId(await storedOf(auth, other)), newId);
});

test('a token pair that a refresh may repeat still needs the key that sealed it', async (t) => {
  const auth = await openTestAuth();
  t.teardown(() => auth.close());
  const deps = { ...auth.deps, vault: rotated };
  const person = await auth.person();
  await auth.api.post('/api/auth/refresh', { refresh_token: person.refreshToken });
  t.is((await resealSecrets(deps)).secretsByKey[oldId], 1);
  auth.advance(16);
  t.is((await countSecretsByKey(deps))[oldId], 0);
});

test('no sealed column is forgotten', async (t) => {
  const auth = await openTestAuth();
  t.teardown(() => auth.close());
  const found = await auth.database
    .db('information_schema.columns')
    .whereRaw('table_schema = DATABASE()')
    .where('column_name', 'like', '%\\_sealed')
    .select({ table: 'table_name', column: 'column_name' });
  const names = (columns: { table: string; column: string }[]) =>
    columns.map(({ table, column }) => `${table}.${column}`).sort();
  t.deepEqual(names(found), names([...SEALED_COLUMNS]));
});
