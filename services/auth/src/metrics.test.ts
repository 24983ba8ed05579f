import { defaultRegistry } from '@guichet/metrics';
import test from 'ava';
import { openTestAuth, PASSWORD } from './fixtures.ts';
import { rotateKeys } from './keys/rotate-keys.ts';
import { watchHashing, watchKeys } from './metrics.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());

async function value(series: string): Promise<number | null> {
  const line = (await defaultRegistry.metrics()).split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? null : Number(line.split(' ').at(-1));
}
const logins = (outcome: string) => value(`guichet_logins_total{outcome="${outcome}"}`);
const refreshes = (outcome: string) => value(`guichet_session_refreshes_total{outcome="${outcome}"}`);

test.serial('sign-ins are counted by outcome', async (t) => {
  t.is(await logins('too_many_attempts'), 0, 'a series exists with 0 before its first event');
  const user = await auth.user();
  const pending = await auth.user({ status: 'pending' });
  const logIn = (username: string, password: string) =>
    auth.api.post('/api/auth/login', { username, password });
  const { body } = await logIn(user.username, PASSWORD);
  await logIn(user.username, 'not-the-password');
  await logIn('nobody-of-that-name', 'not-the-password');
  await logIn(pending.username, PASSWORD);
  t.deepEqual(
    await Promise.all(['success', 'invalid_credentials', 'account_pending', 'error'].map(logins)),
    [1, 2, 1, 0],
  );
  const { refresh_token } = body;
  for (const given of [refresh_token, refresh_token, 'x'.repeat(43)])
    await auth.api.post('/api/auth/refresh', { refresh_token: given });
  t.deepEqual(await Promise.all(['rotated', 'repeated', 'stolen', 'refused'].map(refreshes)), [1, 1, 0, 1]);
});

test.serial('the age of the signing key and its maximum age are measured', async (t) => {
  const dayMs = 24 * 3_600_000;
  const rotation = { intervalMs: 30 * dayMs, aheadMs: 3_600_000 };
  await rotateKeys(auth.deps, rotation);
  const startedAt = auth.deps.keyring.signingSince()?.getTime() ?? 0;
  watchKeys(auth.deps.keyring, () => new Date(startedAt + 2 * dayMs), rotation.intervalMs);
  watchHashing(() => auth.deps.hasher.waiting);
  t.is(await value('guichet_signing_key_age_seconds'), 2 * 24 * 3_600);
  t.is(await value('guichet_signing_key_interval_seconds'), 30 * 24 * 3_600);
  t.is(await value('guichet_password_hashes_waiting'), 0);
});
