import test from 'ava';
import { accountsState, authState, frontendState, loggingState } from '../../testing/bank-state.ts';
import { AREAS, type Area, type BankState, findingsOf, headlineOf } from './rules.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const HOUR_MS = 3_600_000;
const inHours = (hours: number) => new Date(NOW.getTime() + hours * HOUR_MS).toISOString();
const GOOD: BankState = {
  auth: authState,
  accounts: accountsState,
  logging: loggingState,
  frontend: frontendState,
  mail: 'none',
};
const NOTHING: BankState = { ...GOOD, auth: null, accounts: null, logging: null, mail: null };
const find = (state: Partial<BankState>, area: Area) => findingsOf({ ...GOOD, ...state }, NOW)[area];

test('a bank in which nothing is wrong has only good findings, in every area', (t) => {
  for (const [area, findings] of Object.entries(findingsOf(GOOD, NOW))) {
    t.true(findings.length > 0, area);
    for (const { level, runbook } of findings) t.deepEqual([level, runbook], ['good', undefined], area);
  }
});

test('a service that doesn’t answer is bad, and everything that only it knows is unknown', (t) => {
  const found = findingsOf(NOTHING, NOW);
  t.deepEqual(
    found.services.map(({ level }) => level),
    ['bad', 'bad', 'bad', 'good'],
  );
  for (const area of AREAS.filter((one) => one !== 'services')) {
    t.true(
      found[area].some(({ level }) => level === 'unknown'),
      area,
    );
    t.false(
      found[area].some(({ level }) => level === 'bad'),
      area,
    );
  }
});

const auth = { ...authState };
const days = 24;
const [signing] = authState.signing_keys?.items ?? [];
const key = (since: string, next: string) => ({
  items: [{ kid: 'k1', state: 'signing' as const, since }],
  next_rotation_at: next,
});
const ends = (own: string, authority = inHours(9_000)) => ({ ...auth, certificates: { own, authority } });

const BAD: [what: string, area: Area, state: Partial<BankState>, text: string, runbook: string][] = [
  [
    'a service that lacks its database',
    'services',
    { auth: { ...auth, missing: ['database'] } },
    'not_ready',
    'pod-not-ready.md',
  ],
  [
    'a certificate with 13 days left',
    'certificates',
    { auth: ends(inHours(13 * days)) },
    'certificate_expires',
    'certificate-expires.md',
  ],
  [
    'a certificate that has ended',
    'certificates',
    { auth: ends(inHours(-1)) },
    'certificate_expired',
    'certificate-expires.md',
  ],
  [
    'an authority with 13 days left',
    'certificates',
    { auth: ends(inHours(9_000), inHours(13 * days)) },
    'authority_expires',
    'certificate-expires.md',
  ],
  [
    'a key that signs for too long',
    'signing_keys',
    { auth: { ...auth, signing_keys: key(inHours(-34 * days), inHours(-4 * days)) } },
    'key_overdue',
    'signing-key-too-old.md',
  ],
  [
    'no key that signs',
    'signing_keys',
    { auth: { ...auth, signing_keys: { items: [], next_rotation_at: null } } },
    'key_none',
    'signing-key-too-old.md',
  ],
  [
    'a process without the key of another',
    'event_keys',
    { auth: { ...auth, event_keys: { own: 1, without_key: ['mailer'] } } },
    'event_keys_missing',
    'README.md',
  ],
  [
    'an event that waits for six minutes',
    'outbox',
    { auth: { ...auth, outbox: { waiting: 1, oldest_seconds: 360, refused: 0 } } },
    'outbox_stuck',
    'outbox-stuck.md',
  ],
  [
    'an event that NATS refused',
    'outbox',
    { accounts: { ...accountsState, outbox: { waiting: 0, oldest_seconds: 0, refused: 2 } } },
    'outbox_refused',
    'outbox-dead-letters.md',
  ],
  [
    'a database that doesn’t answer',
    'database',
    { auth: { ...auth, database: null } },
    'database_down',
    'database-down.md',
  ],
  [
    'a server that only reads',
    'database',
    {
      auth: { ...auth, database: { version: 'x', writable: false, migrations: { applied: 1, expected: 1 } } },
    },
    'database_read_only',
    'database-down.md',
  ],
  [
    'a schema behind the release',
    'database',
    {
      auth: { ...auth, database: { version: 'x', writable: true, migrations: { applied: 1, expected: 2 } } },
    },
    'database_behind',
    'README.md',
  ],
  [
    'a process without NATS',
    'nats',
    { auth: { ...auth, nats: { connected: false, consumers: [] } } },
    'nats_down',
    'nats-down.md',
  ],
  [
    'a consumer that is far behind',
    'nats',
    {
      auth: {
        ...auth,
        nats: { connected: true, consumers: [{ stream: 'LOG', consumer: 'logging', waiting: 1_001 }] },
      },
    },
    'consumer_behind',
    'consumer-behind.md',
  ],
  [
    'a message that could not be handled',
    'nats',
    { logging: { ...loggingState, dead_letters: 1 } },
    'dead_letters',
    'dead-letters.md',
  ],
  [
    'trouble of the mailer',
    'mail',
    { mail: { at: inHours(-2), isDeadLetter: false } },
    'mail_trouble',
    'mail-server-down.md',
  ],
  [
    'a mail that was given up',
    'mail',
    { mail: { at: inHours(-2), isDeadLetter: true } },
    'mail_dead_letter',
    'mail-dead-lettered.md',
  ],
  [
    'a broken chain',
    'chain',
    {
      logging: { ...loggingState, chain: { head: 9, verified: { at: inHours(-1), ok: false, checked: 4 } } },
    },
    'chain_broken',
    'log-chain-broken.md',
  ],
  [
    'a chain that was not verified for a day',
    'chain',
    {
      logging: { ...loggingState, chain: { head: 9, verified: { at: inHours(-25), ok: true, checked: 9 } } },
    },
    'chain_overdue',
    'log-verification-overdue.md',
  ],
];

for (const [what, area, state, text, runbook] of BAD) {
  test(`${what} is bad, and the finding names its runbook`, (t) => {
    const bad = find(state, area).filter(({ level }) => level === 'bad');
    t.deepEqual(
      bad.map((finding) => [finding.text, finding.runbook]),
      [[text, runbook]],
    );
  });
}

test('what is within its limits is good: 15 days, five minutes, a thousand messages, the tenth of an interval', (t) => {
  const within: [Area, Partial<BankState>][] = [
    ['certificates', { auth: ends(inHours(15 * days)) }],
    ['outbox', { auth: { ...auth, outbox: { waiting: 9, oldest_seconds: 300, refused: 0 } } }],
    [
      'nats',
      {
        auth: {
          ...auth,
          nats: { connected: true, consumers: [{ stream: 'LOG', consumer: 'l', waiting: 1_000 }] },
        },
      },
    ],
    ['signing_keys', { auth: { ...auth, signing_keys: key(inHours(-32 * days), inHours(-2 * days)) } }],
    [
      'chain',
      {
        logging: {
          ...loggingState,
          chain: { head: 9, verified: { at: inHours(-23), ok: true, checked: 9 } },
        },
      },
    ],
  ];
  for (const [area, state] of within)
    t.true(
      find(state, area).every(({ level }) => level === 'good'),
      area,
    );
});

test('what a service can’t say at the moment is unknown, not good', (t) => {
  const unknown: [Area, Partial<BankState>][] = [
    ['outbox', { auth: { ...auth, outbox: null } }],
    ['signing_keys', { auth: { ...auth, signing_keys: null } }],
    [
      'nats',
      {
        auth: {
          ...auth,
          nats: { connected: true, consumers: [{ stream: 'LOG', consumer: 'l', waiting: null }] },
        },
      },
    ],
    ['nats', { accounts: { ...accountsState, dead_letters: null } }],
    ['chain', { logging: { ...loggingState, chain: null } }],
    ['chain', { logging: { ...loggingState, chain: { head: 9, verified: null } } }],
    ['mail', { mail: null }],
  ];
  for (const [area, state] of unknown)
    t.true(
      find(state, area).some(({ level }) => level === 'unknown'),
      `${area} ${JSON.stringify(state)}`,
    );
});

test('the next rotation and each key are named with their times', (t) => {
  const found = find({}, 'signing_keys');
  t.deepEqual(
    found.map(({ text, about, at }) => [text, about, at]),
    [
      ['key_signing', signing?.kid, signing?.since],
      ['key_next', null, authState.signing_keys?.next_rotation_at],
    ],
  );
});

test('an area’s headline is its worst finding, or the one that ends soonest, or its only one', (t) => {
  const headline = (state: Partial<BankState>, area: Area) => {
    const { text, about } = headlineOf(find(state, area)) ?? {};
    return [text, about];
  };
  t.deepEqual(headline({ accounts: null }, 'services'), ['no_answer', 'accounts']);
  t.deepEqual(headline({ accounts: null }, 'database'), ['unknown', 'accounts']);
  const soon = { ...loggingState, certificates: { own: inHours(20 * days), authority: inHours(9_000) } };
  t.deepEqual(headline({ logging: soon }, 'certificates'), ['certificate_valid', 'logging']);
  t.deepEqual(headline({}, 'signing_keys'), ['key_next', null]);
  t.deepEqual(headline({}, 'chain'), ['chain_ok', null]);
  t.deepEqual(headline({}, 'database'), [undefined, undefined]);
});
