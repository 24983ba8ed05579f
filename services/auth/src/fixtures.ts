import type { Role, UserStatus } from '@guichet/contract';
import type { AuditEvent, ReceivedMailEvent, RevocationEvent, UserEvent } from '@guichet/contract/events';
import { newId, openDatabase, transaction } from '@guichet/database';
import { silentLog } from '@guichet/log';
import { eventsOf } from '@guichet/outbox';
import {
  buildServiceState,
  type ContractClient,
  contractClient,
  type TestDatabase,
  testDatabase,
} from '@guichet/testing';
import { createVault } from '@guichet/vault';
import type { AccountsClient } from './accounts-client.ts';
import { createApp } from './app.ts';
import type { Deps, Policy } from './deps.ts';
import { GRANTS } from './grants.ts';
import { createKeyring } from './keys/keyring.ts';
import { rotateKeys } from './keys/rotate-keys.ts';
import { loadCommonPasswords } from './passwords/common-passwords.ts';
import { createPasswordHasher, type PasswordHasher } from './passwords/hasher.ts';
import { totpCode, totpStep } from './totp/rules.ts';
import { newUser } from './users/new-user.ts';
import { insertUser, type UserRow } from './users/store.ts';

export const PASSWORD = 'marmalade-on-tuesdays';
export const ROTATION = { intervalMs: 30 * 24 * 3_600_000, aheadMs: 3_600_000 };

/** A signed-in user. */
export type Person = UserRow & { token: string; refreshToken: string };

/** auth for a test, with its own schema, a clock that the test advances, and cheap hashes. */
export interface TestAuth {
  deps: Deps;
  api: ContractClient;
  database: TestDatabase;
  /** Advances the clock. */
  advance(seconds: number): void;
  /** How often a password was compared with a hash. */
  verifications(): number;
  /** Inserts a user whose password is PASSWORD. */
  user(as?: {
    role?: Role;
    status?: UserStatus;
    username?: string;
    email?: string;
    password?: string | null;
    emailConfirmed?: boolean;
  }): Promise<UserRow>;
  /** Signs a user in. */
  signIn(
    user: Pick<UserRow, 'username'>,
    more?: object,
  ): Promise<{ access_token: string; refresh_token: string }>;
  /** A new user, signed in. */
  person(role?: Role): Promise<Person>;
  logEvents(userId?: string): Promise<AuditEvent[]>;
  mails(email: string): Promise<ReceivedMailEvent[]>;
  userEvents(userId: string): Promise<UserEvent[]>;
  revocations(): Promise<RevocationEvent[]>;
  close(): Promise<void>;
}

export async function openTestAuth(
  given: {
    policy?: Partial<Policy>;
    accounts?: Partial<AccountsClient>;
    readLogOf?: Deps['readLogOf'];
    asPeer?: string;
  } = {},
): Promise<TestAuth> {
  const database = await testDatabase({
    migrations: new URL('../migrations/', import.meta.url),
    grants: GRANTS,
  });
  const db = database.runtime;
  const vault = createVault([Buffer.alloc(32, 7)]);
  const cheap = createPasswordHasher(4, { memoryKib: 64, passes: 1, parallelism: 1 });
  let now = Date.now();
  let verified = 0;
  let people = 0;
  const hasher: PasswordHasher = {
    ...cheap,
    verify(...compared) {
      verified += 1;
      return cheap.verify(...compared);
    },
  };
  const deps: Deps = {
    db,
    reads: { replicas: null, writer: db },
    log: silentLog,
    replicaId: newId(),
    clock: () => new Date(now),
    policy: {
      registration: 'approval',
      requireTotpForStaff: false,
      publicUrl: 'https://bank.example',
      tokenTtlSeconds: 600,
      sessionIdleSeconds: 30 * 86_400,
      sessionMaxSeconds: 90 * 86_400,
      ...given.policy,
    },
    hasher,
    commonPasswords: loadCommonPasswords(),
    vault,
    keyring: createKeyring(db, vault),
    accounts: {
      leave: async () => undefined,
      readPersonalData: async () => ({ section: 'sent_sums', items: [], next: null }),
      ...given.accounts,
    },
    readLogOf: given.readLogOf ?? (async () => ({ section: 'log', items: [], next: null })),
    describeSetup: async () => ({ ...buildServiceState(), outbox: null, signing_keys: null }),
    wakeRelay: () => undefined,
  };
  await rotateKeys(deps, ROTATION);
  const app = createApp(deps, { ready: async () => [], peerName: () => given.asPeer ?? null });
  const api = await contractClient(app, '/api/auth/openapi.json');
  const passwordHash = await hasher.hash(PASSWORD);

  async function published<Event>(subject: string): Promise<Event[]> {
    const rows = await db('outbox').orderBy('sequence').select('id', 'subject', 'payload');
    const isMeant = new RegExp(`^${subject.replaceAll('.', '\\.').replaceAll('%', '.*')}$`);
    return rows
      .flatMap(eventsOf)
      .filter((message) => isMeant.test(message.subject))
      .map(({ payload }) => JSON.parse(payload));
  }

  const auth: TestAuth = {
    deps,
    api,
    database,
    advance(seconds) {
      now += seconds * 1000;
    },
    verifications: () => verified,
    async user({
      role = 'member',
      status = 'active',
      username,
      email,
      password,
      emailConfirmed = true,
    } = {}) {
      people += 1;
      const name = username ?? `${role}-${people}`;
      const row = newUser(
        {
          username: name,
          email: email ?? `${name}@example.org`,
          first_name: null,
          last_name: null,
          language: 'en',
        },
        { role, status, passwordHash: password === null ? null : passwordHash, emailConfirmed },
        new Date(now),
      );
      return transaction(db, (trx) => insertUser(trx, row));
    },
    async signIn({ username }, more = {}) {
      const reply = await api.post('/api/auth/login', { username, password: PASSWORD, ...more });
      if (reply.status !== 200) throw new Error(`${username} could not sign in: ${reply.text}`);
      return reply.body;
    },
    async person(role = 'member') {
      const user = await auth.user({ role });
      const { access_token, refresh_token } = await auth.signIn(user);
      return { ...user, token: access_token, refreshToken: refresh_token };
    },
    async logEvents(userId) {
      const all = await published<AuditEvent>('log.%');
      return userId === undefined
        ? all
        : all.filter(({ actor, concerns }) => actor?.id === userId || concerns.includes(userId));
    },
    mails: async (email) =>
      (await published<ReceivedMailEvent>('mail.%')).filter(({ to }) => 'email' in to && to.email === email),
    userEvents: (userId) => published(`users.${userId}`),
    revocations: () => published('revocations.%'),
    async close() {
      await api.close();
      await database.drop();
    },
  };
  return auth;
}

/** The token in the link of a mail. */
export function linkToken(mail: ReceivedMailEvent | undefined): string {
  return new URL(String(mail?.data.link)).searchParams.get('token') ?? '';
}

/** A new user, signed in, with a second factor whose codes can be used. */
export async function personWithTotp(auth: TestAuth): Promise<Person & { secret: string; codes: string[] }> {
  const person = await auth.person();
  const { token } = person;
  const { secret } = (await auth.api.post('/api/auth/totp', { password: PASSWORD }, { token })).body;
  const code = codeNow(auth, secret);
  const confirmed = await auth.api.post('/api/auth/totp/confirm', { code }, { token });
  // A code is accepted once.
  auth.advance(30);
  return { ...person, secret, codes: confirmed.body.recovery_codes };
}

/** The code that an authenticator app shows now. */
export function codeNow(auth: TestAuth, secret: string): string {
  return totpCode(secret, totpStep(auth.deps.clock()));
}

/** A code that the app doesn't show now. */
export function wrongCode(auth: TestAuth, secret: string): string {
  return codeNow(auth, secret) === '000000' ? '111111' : '000000';
}

/** Another replica on the same database, with connections and a process's state of its own, and a clock that is `aheadMs` ahead. */
export async function replicaOf(
  auth: TestAuth,
  { aheadMs = 0, asPeer = null }: { aheadMs?: number; asPeer?: string | null } = {},
): Promise<{ deps: Deps; api: ContractClient; close(): Promise<void> }> {
  const db = openDatabase(auth.database.runtimeSettings, silentLog);
  const keyring = createKeyring(db, auth.deps.vault);
  await keyring.reload();
  const clock = () => new Date(auth.deps.clock().getTime() + aheadMs);
  const deps = {
    ...auth.deps,
    replicaId: newId(),
    clock,
    db,
    reads: { replicas: null, writer: db },
    keyring,
  };
  const app = createApp(deps, { ready: async () => [], peerName: () => asPeer });
  const api = await contractClient(app, '/api/auth/openapi.json');
  return {
    deps,
    api,
    async close() {
      await api.close();
      await db.destroy();
    },
  };
}

/** Lets a request wait after its password was compared, until others have been answered. */
export async function afterComparing<Reply>(
  auth: TestAuth,
  request: () => Promise<Reply>,
  others: () => Promise<unknown>,
): Promise<Reply> {
  const { hasher } = auth.deps;
  const compared = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  auth.deps.hasher = {
    ...hasher,
    async verify(...given) {
      const isRight = await hasher.verify(...given);
      compared.resolve();
      await gate.promise;
      return isRight;
    },
  };
  const reply = request();
  await compared.promise;
  auth.deps.hasher = hasher;
  try {
    await others();
  } finally {
    gate.resolve();
  }
  return reply;
}
