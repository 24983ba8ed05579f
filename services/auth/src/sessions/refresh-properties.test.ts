import test from 'ava';
import fc from 'fast-check';
import { openTestAuth, PASSWORD, replicaOf } from '../fixtures.ts';
import { sweep } from '../sweep.ts';

/** Runs of the property. `npm test` makes few; set PROPERTY_RUNS for more. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 25);
const GRACE_MS = 10_000;
/** From then on a reused token is stolen, however the clocks of two replicas differ by up to five seconds. */
const STOLEN_AFTER_MS = 20_000;
/** From then on an idle session has ended by every clock. */
const IDLE_MS = 30 * 86_400_000 + 5_000;
const TTL_MS = 600_000;

const auth = await openTestAuth();
const behind = await replicaOf(auth, { aheadMs: -5_000 });
const equal = await replicaOf(auth);
const ahead = await replicaOf(auth, { aheadMs: 5_000 });
test.after.always(async () => {
  for (const each of [behind, equal, ahead]) await each.close();
  await auth.close();
});
const seconds = { behind, equal, ahead };
type Replica = Pick<typeof equal, 'api' | 'deps'>;

/** One of the two replicas. */
type At = 0 | 1;
/** `session` and `token` choose among those that there are. */
type Action =
  | { do: 'sign in' | 'sweep'; at: At }
  | { do: 'refresh' | 'refresh at once' | 'log out' | 'change password'; session: number; at: At }
  | { do: 'replay'; session: number; token: number; at: At }
  | { do: 'sign out everywhere' | 'log out while refreshing'; session: number; at: At }
  | { do: 'wait'; ms: number };

const at = fc.constantFrom<At>(0, 1);
const session = fc.nat(2);
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sign in' as const), at }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('refresh' as const, 'refresh at once' as const),
      session,
      at,
    }),
  },
  // Also the newest token again, as a client does that got no answer.
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('replay' as const), session, token: fc.nat(3), at }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'log out' as const,
        'change password' as const,
        'sign out everywhere' as const,
        'log out while refreshing' as const,
      ),
      session,
      at,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sweep' as const), at }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 4_999, 5_000, 9_999, 10_000, 10_001, 15_000, 20_000, 599_000, IDLE_MS),
    }),
  },
);

interface Token {
  refresh: string;
  access: string;
  issuedAt: number;
  used: { at: number; by: At } | null;
}
/** A model of the tokens of one sign-in. The last one is the only one that was not used. */
interface Family {
  tokens: Token[];
  ended: boolean;
  lastUsedAt: number;
}
type Reply = Awaited<ReturnType<Replica['api']['post']>>;

/** Plays the actions on a user of their own. @returns what was wrong, or null */
async function play(second: Replica, actions: readonly Action[]): Promise<string | null> {
  const replicas = [auth, second] as const;
  const user = await auth.user();
  let password = PASSWORD;
  let changes = 0;
  const families: Family[] = [];
  const nowMs = () => auth.deps.clock().getTime();
  const newest = ({ tokens }: Family) => tokens.at(-1) as Token;
  const isOpen = (family: Family) => !family.ended && nowMs() - family.lastUsedAt < IDLE_MS;
  const send = (token: Token, where: At) =>
    replicas[where].api.post('/api/auth/refresh', { refresh_token: token.refresh });
  const profile = (token: Token, where: At) =>
    replicas[where].api.get('/api/auth/profile', { token: token.access });

  /** Compares the answer to a refresh with what the model allows, and follows it. */
  function follow(family: Family, token: Token, where: At, reply: Reply): string | null {
    const isRefused = reply.status === 401 && reply.body.code === 'invalid_refresh_token';
    if (!isRefused && reply.status !== 200) return `a refresh was answered with ${reply.text}`;
    if (!isOpen(family)) return isRefused ? null : 'a token of an ended session was accepted';
    const next = family.tokens[family.tokens.indexOf(token) + 1];
    if (token.used === null) {
      if (isRefused) return 'an unused token was refused';
      const { refresh_token: refresh, access_token: access } = reply.body;
      token.used = { at: nowMs(), by: where };
      family.tokens.push({ refresh, access, issuedAt: nowMs(), used: null });
      family.lastUsedAt = nowMs();
      return null;
    }
    const elapsed = nowMs() - token.used.at;
    const stolenAfter = token.used.by === where ? GRACE_MS : STOLEN_AFTER_MS;
    if (isRefused) {
      if (elapsed < GRACE_MS) return `a token that was used ${elapsed} ms ago ended its session`;
      family.ended = true;
      return null;
    }
    if (elapsed >= stolenAfter) return `a token that was used ${elapsed} ms ago was accepted`;
    const isSame = reply.body.refresh_token === next?.refresh && reply.body.access_token === next?.access;
    return isSame ? null : 'a repeated refresh was answered with another pair';
  }

  async function refreshAtOnce(family: Family): Promise<string | null> {
    const token = newest(family);
    const [first, ...others] = await Promise.all(([0, 1, 0, 1] as const).map((where) => send(token, where)));
    if (first === undefined) return null;
    for (const [index, reply] of [first, ...others].entries()) {
      // Any of them may have been the first.
      const failure = follow(family, token, (index % 2) as At, reply);
      if (failure !== null) return failure;
    }
    return null;
  }

  async function logOutWhileRefreshing(family: Family, where: At): Promise<string | null> {
    const token = newest(family);
    if (!isOpen(family) || nowMs() - token.issuedAt >= TTL_MS - 5_000) return null;
    const [refreshed, left] = await Promise.all([
      send(token, where),
      replicas[where === 0 ? 1 : 0].api.post('/api/auth/logout', undefined, { token: token.access }),
    ]);
    if (left.status !== 204) return `signing out was answered with ${left.text}`;
    const failure = refreshed.status === 200 ? follow(family, token, where, refreshed) : null;
    family.ended = true;
    return failure;
  }

  async function change(
    family: Family,
    where: At,
    what: 'log out' | 'change password' | 'sign out everywhere',
  ) {
    const token = newest(family);
    if (!isOpen(family) || nowMs() - token.issuedAt >= TTL_MS - 5_000) return null;
    const others = families.filter((other) => other !== family);
    const { api } = replicas[where];
    const as = { token: token.access };
    let reply: Reply;
    if (what === 'change password') {
      changes += 1;
      const next = `${PASSWORD}-${changes}`;
      reply = await api.post('/api/auth/password/reset', { old_password: password, new_password: next }, as);
      password = next;
    } else if (what === 'log out') reply = await api.post('/api/auth/logout', undefined, as);
    else reply = await api.delete('/api/auth/sessions', undefined, as);
    if (reply.status !== 204) return `${what} was answered with ${reply.status} ${reply.text}`;
    if (what !== 'log out') for (const other of others) other.ended = true;
    if (what !== 'change password') family.ended = true;
    return null;
  }

  async function take(action: Action): Promise<string | null> {
    if (action.do === 'wait') {
      auth.advance(action.ms / 1000);
      return null;
    }
    if (action.do === 'sweep') {
      await sweep(replicas[action.at].deps);
      return null;
    }
    if (!('session' in action) || families.length === 0) {
      const { api } = replicas[action.at];
      const { status, body, text } = await api.post('/api/auth/login', { username: user.username, password });
      if (status !== 200) return `a sign-in was answered with ${text}`;
      const token = { refresh: body.refresh_token, access: body.access_token, issuedAt: nowMs(), used: null };
      families.push({ tokens: [token], ended: false, lastUsedAt: nowMs() });
      return null;
    }
    const family = families[action.session % families.length] as Family;
    switch (action.do) {
      case 'refresh':
        return follow(family, newest(family), action.at, await send(newest(family), action.at));
      case 'refresh at once':
        return refreshAtOnce(family);
      case 'replay': {
        const token = family.tokens.at(-1 - (action.token % family.tokens.length)) as Token;
        return follow(family, token, action.at, await send(token, action.at));
      }
      case 'log out while refreshing':
        return logOutWhileRefreshing(family, action.at);
      default:
        return change(family, action.at, action.do);
    }
  }

  /** Checks that must hold after every action. */
  async function check(): Promise<string | null> {
    const live = await auth.database
      .db('refresh_tokens')
      .join('sessions', 'sessions.id', 'refresh_tokens.session_id')
      .where({ user_id: user.id, used_at: null })
      .groupBy('session_id')
      .select({ count: auth.database.db.raw('COUNT(*)') });
    if (live.some(({ count }) => Number(count) > 1)) return 'a session has two unused refresh tokens';
    for (const family of families) {
      for (const where of [0, 1] as const) {
        if (family.ended) {
          for (const token of family.tokens.slice(-2)) {
            if ((await send(token, where)).status !== 401) return 'a token of an ended session was accepted';
            if ((await profile(token, where)).status !== 401)
              return 'an access token of an ended session was accepted';
          }
        } else if (nowMs() - newest(family).issuedAt < TTL_MS - 5_000) {
          if ((await profile(newest(family), where)).status !== 200)
            return 'a valid access token was refused';
        }
      }
    }
    return null;
  }

  for (const [index, action] of actions.entries()) {
    const failure = (await take(action)) ?? (await check());
    if (failure !== null) return `${failure}, at action ${index}: ${JSON.stringify(action)}`;
  }
  for (const family of families.filter(isOpen)) {
    if ((await send(newest(family), 1)).status !== 200) return 'an open session could not be refreshed';
  }
  return null;
}

test('in every order of refreshes, replays and ends, on two replicas whose clocks differ, a session has one chain of tokens, is not lost within the grace, and is over when it has ended', async (t) => {
  const property = fc.asyncProperty(
    fc.constantFrom('behind' as const, 'equal' as const, 'ahead' as const),
    fc.array(anyAction, { minLength: 6, maxLength: 30 }),
    async (clock, actions) => {
      const failure = await play(seconds[clock], actions);
      if (failure !== null) throw new Error(failure);
    },
  );
  const refresh = { do: 'refresh', session: 0, at: 0 } as const;
  const retry = { do: 'replay', session: 0, token: 1, at: 1 } as const;
  await t.notThrowsAsync(
    fc.assert(property, {
      numRuns: RUNS,
      includeErrorInReport: true,
      examples: [
        // The answer of one replica is lost, and the other, whose clock is ahead, is asked again.
        ['ahead', [{ do: 'sign in', at: 0 }, refresh, { do: 'wait', ms: 9_999 }, retry]],
        ['behind', [{ do: 'sign in', at: 0 }, refresh, { do: 'wait', ms: 20_000 }, retry]],
        // An answer that the first would repeat must not be deleted by the clock of the second.
        [
          'ahead',
          [
            { do: 'sign in', at: 0 },
            refresh,
            { do: 'wait', ms: 9_999 },
            { do: 'sweep', at: 1 },
            { ...retry, at: 0 },
          ],
        ],
      ],
    }),
  );
});
