import { newId } from '@guichet/database';
import { createKeySet, createRevocations, createVerifier, issueAccessToken } from '@guichet/tokens';
import test from 'ava';
import fc from 'fast-check';
import { openTestAuth, ROTATION, type TestAuth } from '../fixtures.ts';
import { createKeyring } from './keyring.ts';
import { revokeKeys } from './revoke-keys.ts';
import { rotateAtOnce } from './rotate-at-once.ts';
import { rotateKeys } from './rotate-keys.ts';
import { listKeys, listRevokedKeys } from './store.ts';

const REPLICAS = [0, 1] as const;
const TTL_SECONDS = 600;
/** Runs of the property; set PROPERTY_RUNS for more. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 60);
/** How often a replica of auth reads the keys, and another service the list of revoked ones. */
const READ_EVERY_MS = 1_000;
/** The time within which every process must refuse a revoked key. */
const REFUSED_WITHIN_MS = 2_000;

type Action =
  | { do: 'issue' | 'reload' | 'rotate'; replica: 0 | 1 }
  | { do: 'rotate at once' | 'poll' }
  | { do: 'revoke'; which: number | 'all' }
  | { do: 'wait'; ms: number };

const replica = fc.constantFrom(...REPLICAS);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('issue'), replica }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('reload', 'rotate'), replica }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('rotate at once', 'poll') }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('revoke'), which: fc.constantFrom(0, 1, 2, 'all', 'all') }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait'),
      ms: fc.constantFrom(1, 400, 1_000, 30_000, 599_000, 3_600_000, 30 * 86_400_000),
    }),
  },
) as fc.Arbitrary<Action>;

/** Two replicas of auth, and another service that gets its keys from the first. All share a clock that the test moves. */
async function openBank(auth: TestAuth) {
  await auth.database.db('signing_keys').delete();
  const { db, clock, vault } = auth.deps;
  const replicas = REPLICAS.map(() => {
    const keyring = createKeyring(db, vault, 0);
    const open = () => createVerifier({ keys: keyring, revocations: createRevocations(clock), clock });
    // Without what was verified before, as after a restart: a cached token needs its key no more.
    const verifyUncached: Replica['verify'] = (token) => open()(token);
    return { ...auth.deps, keyring, verify: open(), verifyUncached, readAt: Number.NEGATIVE_INFINITY };
  }) as unknown as [Replica, Replica];
  const remoteKeys = createKeySet(async () => replicas[0].keyring.jwks(), 0);
  const remote = {
    verify: createVerifier({ keys: remoteKeys, revocations: createRevocations(clock), clock }),
    readAt: Number.NEGATIVE_INFINITY,
  };
  const nowMs = () => clock().getTime();
  const reload = async (of: Replica) => {
    of.readAt = nowMs();
    await of.keyring.reload();
  };
  const poll = async () => {
    remote.readAt = nowMs();
    for (const kid of await listRevokedKeys(db)) remoteKeys.revoke(kid);
  };
  for (const one of replicas) await rotateKeys(one, ROTATION);
  await poll();
  return { replicas, remote, nowMs, reload, poll };
}
type Replica = TestAuth['deps'] & {
  verify: ReturnType<typeof createVerifier>;
  verifyUncached: ReturnType<typeof createVerifier>;
  readAt: number;
};

const accepts = (verify: Replica['verify'], token: string) =>
  verify(token).then(
    () => true,
    () => false,
  );

async function play(auth: TestAuth, actions: readonly Action[]): Promise<string | null> {
  const { replicas, remote, nowMs, reload, poll } = await openBank(auth);
  const tokens: { token: string; kid: string; expiresMs: number }[] = [];
  const createdMs = new Map<string, number>();
  const revokedMs = new Map<string, number>();

  async function take(one: Action): Promise<void> {
    switch (one.do) {
      case 'issue': {
        const key = replicas[one.replica].keyring.signingKey();
        const claims = {
          userId: newId(),
          username: 'ann',
          role: 'member',
          scopes: [],
          sessionId: newId(),
        } as const;
        const now = auth.deps.clock();
        const token = issueAccessToken(key, { ...claims, kind: 'session' }, { ttlSeconds: TTL_SECONDS, now });
        const expiresMs = Math.floor(now.getTime() / 1000) * 1000 + TTL_SECONDS * 1000;
        tokens.push({ token, kid: key.kid, expiresMs });
        return;
      }
      case 'reload':
        return reload(replicas[one.replica]);
      case 'rotate': {
        await rotateKeys(replicas[one.replica], ROTATION);
        replicas[one.replica].readAt = nowMs();
        return;
      }
      case 'rotate at once':
        await rotateAtOnce(auth.deps, ROTATION).catch(() => undefined);
        return;
      case 'poll':
        return poll();
      case 'revoke': {
        const live = await listKeys(auth.deps.db);
        const { which } = one;
        const kids = live
          .filter((_, index) => which === 'all' || index === which % live.length)
          .map(({ kid }) => kid);
        await revokeKeys(auth.deps, ROTATION, kids);
        for (const kid of kids) revokedMs.set(kid, nowMs());
        return;
      }
      case 'wait': {
        auth.advance(one.ms / 1000);
        for (const each of replicas) if (nowMs() - each.readAt >= READ_EVERY_MS) await reload(each);
        if (nowMs() - remote.readAt >= READ_EVERY_MS) await poll();
      }
    }
  }

  for (const [at, one] of actions.entries()) {
    await take(one);
    for (const { kid, created_at } of await listKeys(auth.deps.db)) createdMs.set(kid, created_at.getTime());
    const uncached = replicas.map(({ verifyUncached, readAt }) => ({ verify: verifyUncached, readAt }));
    const verifiers = [...replicas, remote, ...uncached];
    for (const { token, kid, expiresMs } of tokens) {
      if (nowMs() >= expiresMs) continue;
      for (const [index, { verify, readAt }] of verifiers.entries()) {
        const revoked = revokedMs.get(kid);
        const isAccepted = await accepts(verify, token);
        const where = `by verifier ${index} after action ${at}, ${JSON.stringify(one)}`;
        if (revoked === undefined) {
          // Only a key that had to sign unpublished, because all keys were revoked, reaches other services a little later.
          const isNew = index === 2 && nowMs() - (createdMs.get(kid) ?? 0) < REFUSED_WITHIN_MS;
          if (!isAccepted && !isNew) return `a valid token was refused ${where}`;
        } else if (isAccepted && nowMs() - revoked >= REFUSED_WITHIN_MS) {
          return `a revoked key was accepted ${where}`;
        } else if (isAccepted && readAt > revoked) {
          return `a revoked key was accepted ${where} although its list was read since`;
        }
      }
    }
  }
  return null;
}

test('at no instant is a valid token refused or a revoked key accepted, in two replicas and another service', async (t) => {
  const auth = await openTestAuth();
  t.teardown(() => auth.close());
  const property = fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 24 }), async (actions) => {
      const failure = await play(auth, actions);
      if (failure !== null) throw new Error(failure);
    }),
    {
      numRuns: RUNS,
      // A token outlives the time in which its key signs. And a new key signs in one replica before the other has read it.
      examples: [
        [
          [
            { do: 'revoke', which: 'all' },
            { do: 'reload', replica: 0 },
            { do: 'issue', replica: 0 },
          ],
        ],
        [
          [
            { do: 'wait', ms: 30 * 86_400_000 },
            { do: 'issue', replica: 0 },
            { do: 'rotate', replica: 0 },
            { do: 'rotate', replica: 0 },
          ],
        ],
      ],
    },
  );
  await t.notThrowsAsync(property);
});
