import { API_SERVICES, ROLES, type Role, type Scope, scopesOf } from '@guichet/contract';
import test, { type ExecutionContext } from 'ava';
import { request } from 'undici';
import { EVERY_ROUTE } from '../routes/every-route.ts';
import { ACCOUNTS_ROWS } from './accounts-rows.ts';
import { AUTH_ROWS } from './auth-rows.ts';
import { LOGGING_ROWS } from './logging-rows.ts';
import { MAILER_ROWS } from './mailer-rows.ts';
import type { OpenRow, Row, TokenRow } from './row.ts';
import { sendCell } from './send.ts';
import { badTokens } from './tokens.ts';
import { openWorld, type SignedInUser } from './world.ts';

const ROWS = {
  auth: AUTH_ROWS,
  accounts: ACCOUNTS_ROWS,
  logging: LOGGING_ROWS,
  mailer: MAILER_ROWS,
} as const;
type Service = keyof typeof ROWS;
type Cell = readonly [who: string, token: string | undefined, caller: SignedInUser, expected: string];

const world = await openWorld();
// The callers, created once: no cell changes them, because each call gets its own target to change.
const caller = Object.fromEntries(
  await Promise.all(ROLES.map(async (role) => [role, await world.signedInUser(role)] as const)),
) as Record<Role, SignedInUser>;
const stranger = await world.signedInUser('member');
const refusedEverywhere = {
  ...(await badTokens(world, await world.signedInUser('member'))),
  ...(await revokedTokens()),
};

/** Tokens whose session was revoked. */
async function revokedTokens(): Promise<Record<string, string>> {
  const signedOut = await world.signedInUser('member');
  await world.clients.auth.post('/api/auth/logout', undefined, { token: signedOut.token });
  const deactivated = await world.signedInUser('member');
  const { token } = caller.agent;
  await world.clients.auth.post(`/api/auth/users/${deactivated.id}/deactivate`, {}, { token });
  await world.spreadRevocations();
  return { 'of a revoked session': signedOut.token, 'of a deactivated user': deactivated.token };
}

/** The token of a sign-in that is refused: undefined, so such a user has only anonymous access. */
async function tokenOfInactive(status: 'pending' | 'rejected'): Promise<string | undefined> {
  const { username } = await world.auth.user({ status, username: `once-${status}` });
  const login = { username, password: 'marmalade-on-tuesdays' };
  return (await world.clients.auth.post('/api/auth/login', login)).body.access_token;
}
const tokensOfInactiveUsers = {
  pending: await tokenOfInactive('pending'),
  rejected: await tokenOfInactive('rejected'),
};

/** Operations of the three OpenAPI documents, and the internal routes, which no document lists. */
const operations: readonly (readonly [Service, string])[] = [
  ...API_SERVICES.flatMap((service) =>
    Object.entries<object>(world.clients[service].document.paths).flatMap(([template, item]) =>
      Object.keys(item).map((method) => [service, `${method.toUpperCase()} ${template}`] as const),
    ),
  ),
  ...EVERY_ROUTE.filter(({ route }) => route.access.kind === 'peer').map(
    ({ service, name }) => [service, name.replace(/:(\w+)/g, '{$1}')] as const,
  ),
];
let cells = 0;
test.after.always(() => world.close());
test.after(() => console.info(`The access matrix: ${operations.length} operations, ${cells} cells`));

test('every operation has a row, and every row has an operation', (t) => {
  for (const [service, rows] of Object.entries(ROWS)) {
    const documented = operations.filter(([of]) => of === service).map(([, name]) => name);
    const missing = documented.filter((name) => rows[name] === undefined);
    t.deepEqual(missing, [], `say who may call these in e2e/src/access-matrix/${service}-rows.ts`);
    const obsolete = Object.keys(rows).filter((name) => !documented.includes(name));
    t.deepEqual(obsolete, [], `no route of ${service} is called that; remove the rows`);
  }
});

test('405 and OPTIONS list exactly the methods of the path', async (t) => {
  for (const [service, name] of operations) {
    const [, path = ''] = name.split(' ');
    const allowed = operations
      .map(([, other]) => other.split(' '))
      .flatMap(([method = '', other]) =>
        other === path ? [method, ...(method === 'GET' ? ['HEAD'] : [])] : [],
      );
    const url = world.clients[service].origin + path.replace(/\{\w+\}/g, caller.member.id);
    const undeclared = ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'].find((method) => !allowed.includes(method));
    for (const method of ['OPTIONS', undeclared] as ('OPTIONS' | 'PUT')[]) {
      const reply = await request(url, { method });
      t.is(reply.statusCode, method === 'OPTIONS' ? 204 : 405, `${method} ${path}`);
      t.deepEqual(String(reply.headers.allow).split(', ').sort(), allowed.sort(), `${method} ${path}`);
      await reply.body.dump();
    }
  }
});

for (const status of ['pending', 'deactivated', 'rejected'] as const) {
  test(`a ${status} user cannot sign in and gets no token`, async (t) => {
    const { username } = await world.auth.user({ status, username: `is-${status}` });
    const login = { username, password: 'marmalade-on-tuesdays' };
    const reply = await world.clients.auth.post('/api/auth/login', login);
    t.like(reply, { status: 403, body: { code: `account_${status}` } });
  });
}

for (const [service, name] of operations) {
  const row: Row | undefined = ROWS[service][name];
  if (row === undefined) continue;
  test.serial(`${name} replies to each caller as its row requires`, async (t) => {
    if ('peer' in row) await checkPeer(t, service, name);
    else if ('open' in row) await checkOpen(t, service, name, row);
    else await checkToken(t, service, name, row);
  });
}

const withoutToken = [
  ['anonymous', undefined, caller.member],
  ...(['pending', 'rejected'] as const).map(
    (status) => [`a ${status} user`, tokensOfInactiveUsers[status], caller.member] as const,
  ),
] as const;
const withBadTokens = Object.entries(refusedEverywhere).map(
  ([fault, token]) => [`a token ${fault}`, token, caller.member] as const,
);
const withGoodTokens = ROLES.map((role) => [`a ${role}`, caller[role].token, caller[role]] as const);

async function checkPeer(t: ExecutionContext, service: Service, name: string) {
  const all = [...withoutToken, ...withBadTokens, ...withGoodTokens];
  await check(
    t,
    service,
    name,
    {},
    all.map((one): Cell => [...one, '404 not_found']),
  );
}

async function checkOpen(t: ExecutionContext, service: Service, name: string, row: OpenRow) {
  const all = [...withoutToken, ...withBadTokens, ...withGoodTokens];
  await check(
    t,
    service,
    name,
    row,
    all.map((one): Cell => [...one, String(row.open)]),
  );
}

async function checkToken(t: ExecutionContext, service: Service, name: string, row: TokenRow) {
  const shared = (await row.target?.(world, caller.member)) ?? '';
  const refused: Cell[] = [
    ...withoutToken.map((one): Cell => [...one, '401 unauthenticated']),
    ...withBadTokens.map((one): Cell => [...one, '401 unauthenticated']),
    ...ROLES.filter((role) => row[role] === undefined).map(
      (role): Cell => [`a ${role}`, caller[role].token, caller[role], '403 forbidden'],
    ),
    ...(await narrowCells(row)),
  ];
  if (row.target !== undefined && row.member !== undefined) {
    t.not(row.stranger, undefined, 'set `stranger`: the status for a target of another member');
    refused.push([
      'a member, for a target of another member',
      stranger.token,
      stranger,
      String(row.stranger),
    ]);
  }
  await check(t, service, name, { ...row, target: async () => shared }, refused);

  for (const role of ROLES) {
    const expected = row[role];
    if (expected === undefined) continue;
    const fresh = await world.signedInUser(role);
    await check(t, service, name, row, [[`a ${role}`, fresh.token, fresh, String(expected)]]);
  }
  for (const { caller: role, on, expect, ...sent } of row.also ?? []) {
    const fresh = await world.signedInUser(role);
    const who = `a ${role}, on ${on}`;
    await check(t, service, name, { ...row, ...sent }, [[who, fresh.token, fresh, String(expect)]]);
  }
}

const narrowTokens = new Map<string, Promise<string>>();

/** Personal API tokens with all scopes of their owner except the required one. */
async function narrowCells({ scope, ...row }: TokenRow): Promise<Cell[]> {
  if (scope === null) return [];
  return Promise.all(
    ROLES.filter((role) => row[role] !== undefined).map(async (role): Promise<Cell> => {
      const token = await narrowToken(role, scope);
      const who =
        scope === 'session' ? `an API token of a ${role}` : `an API token of a ${role} without ${scope}`;
      return [who, token, caller[role], '403 insufficient_scope'];
    }),
  );
}

function narrowToken(role: Role, missing: Scope | 'session'): Promise<string> {
  const key = `${role} ${missing}`;
  const scopes = scopesOf(role).filter((scope) => scope !== missing);
  const made = narrowTokens.get(key) ?? world.apiToken(caller[role], scopes);
  narrowTokens.set(key, made);
  return made;
}

/** Sends the requests of all cells at once; a cell expects a status and, if it names one, a code. */
async function check(
  t: ExecutionContext,
  service: Service,
  name: string,
  sent: Parameters<typeof sendCell>[3],
  asked: readonly Cell[],
): Promise<void> {
  const wrong = await Promise.all(
    asked.map(async ([who, token, by, expected]) => {
      const { status, code } = await sendCell(world, service, name, sent, token, by);
      const answer = expected.includes(' ') ? `${status} ${code}` : String(status);
      return answer === expected ? [] : [`${name} replies to ${who} with ${status} ${code}, not ${expected}`];
    }),
  );
  cells += asked.length;
  t.deepEqual(wrong.flat(), []);
}
