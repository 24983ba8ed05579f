import { readFileSync } from 'node:fs';
import { type ReceivedAuditEvent, SLOT } from '@guichet/contract/events';
import type { LogEntry } from '@guichet/contract/logging';
import { newId } from '@guichet/database';
import { formatMoney } from '@guichet/money';
import test from 'ava';
import fc from 'fast-check';
import { buildEvent, startTestLogging } from '../fixtures.ts';
import { fold } from '../search/fold.ts';

const logging = await startTestLogging();
const { client, runtime } = logging;
test.after.always(() => logging.close());
const SHOWN = JSON.parse(readFileSync(new URL('../search/shown-words.json', import.meta.url), 'utf8'));

interface Person {
  id: string;
  username: string;
  role: 'member' | 'agent';
}
const person = (username: string, role: Person['role'] = 'member'): Person => ({
  id: newId(),
  username,
  role,
});
const [zoe, amelie, lea] = [person('zoe.99'), person('amélie'), person('Lea_M')];
const [bruno, nadia] = [person('bruno', 'agent'), person('nadia', 'agent')];
const PEOPLE = [zoe, amelie, lea, bruno, nadia];

// Blocks have 64 entries: these batches begin and end within them.
const BATCHES = [1, 63, 1, 30, 200, 5, 64, 1, 1, 40];
const any = fc.constantFrom;
const anyPerson = any(...PEOPLE);
const anyText = any(
  'Loyer',
  'Électricité de mai',
  '日本',
  'Γιώργος',
  '100% sûr',
  'a_b',
  '😀',
  "l'été",
  'x\\y',
);
const anyIban = any('FR7630006000011234567890189', 'DE89370400440532013000');
const correlations = Array.from({ length: 5 }, () => newId());
const operations = Array.from({ length: 40 }, () => newId());

const anyStep = fc
  .record({
    status: any('requested', 'posted', 'rejected'),
    type: any('internal_transfer', 'external_transfer'),
    amount: fc.nat(2_000_000),
    currency: any('EUR', 'EUR', 'CHF', 'JPY'),
    payee: anyText,
    payee_iban: anyIban,
    reason: anyText,
    transfer_id: any(...operations),
    operation_id: any(...operations),
    customer: any(zoe, amelie, lea),
    actor: anyPerson,
  })
  .map(({ status, customer, actor, operation_id, ...data }) => ({
    action: `TRANSFER_${status.toUpperCase()}`,
    actor,
    subject: { type: 'operation', id: operation_id },
    operation_id,
    concerns: [customer.id],
    message: `${data.type === 'external_transfer' ? 'External' : 'Internal'} transfer ${status}`,
    data: { ...data, operation_id, status: status === 'requested' ? 'pending' : status },
  }));
const anySignIn = fc
  .record({ actor: anyPerson, ip: any('192.0.2.7', '203.0.113.77'), user_agent: any('Marmalade/7', 'Jam 2') })
  .map(({ actor, ...data }) => ({
    service: 'auth',
    action: 'LOGIN',
    actor,
    subject: { type: 'user', id: actor.id },
    message: `${SLOT} signed in.`,
    names: [{ of: actor.id, text: actor.username }],
    data: { ...data, method: 'password' },
  }));
const anyCommand = fc
  .record({ about: any(zoe, lea), operator: any('root', 'ops') })
  .map(({ about, operator }) => ({
    service: 'auth',
    action: 'ADMIN_COMMAND',
    level: 'WARNING' as const,
    subject: { type: 'user', id: about.id },
    concerns: [about.id],
    message: `An operator ended the sessions of ${SLOT}.`,
    names: [{ of: about.id, text: about.username }],
    data: { command: 'sessions', operator, host: 'pod-7' },
  }));
const anyOther = fc
  .record({ code: any('insufficient_funds', 'unheard'), word: anyText })
  .map(({ code, word }) => ({
    action: code === 'unheard' ? 'UNHEARD_OF' : 'DECISION_REFUSED',
    level: 'WARNING' as const,
    actor: bruno,
    message: word,
    data: { code, version: '1.2.3' },
  }));
const anyEvent = fc
  .tuple(fc.oneof(anyStep, anyStep, anySignIn, anyCommand, anyOther), any(...correlations, null))
  .map(([event, correlation_id]) => ({ ...event, correlation_id }));

const EVENTS = new Map<string, ReceivedAuditEvent>();
test.before(async () => {
  for (const [batch, size] of BATCHES.entries()) {
    const events = fc.sample(anyEvent, { numRuns: size, seed: batch }).map((event) => buildEvent(event));
    for (const event of events) EVENTS.set(event.id, event);
    await logging.store(...events);
  }
  await runtime('people').insert(PEOPLE.map(({ id, username }) => ({ id, username, version: 1 })));
});

const token = ({ id, username, role }: Person) => ({
  token: logging.tokens.issue({ userId: id, username, role }),
});

async function read(reader: Person, q?: string): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for (let cursor: string | null = null; ; ) {
    const query = new URLSearchParams({
      limit: '70',
      ...(q === undefined ? {} : { q }),
      ...(cursor === null ? {} : { cursor }),
    });
    const { status, body, text } = await client.get(`/api/logs?${query}`, token(reader));
    if (status !== 200) throw new Error(`${JSON.stringify(q)}: ${text}`);
    entries.push(...body.items);
    cursor = body.next;
    if (cursor === null) return entries;
  }
}

/** Every text of an entry that the reader can see on a page, in English and in French, or in the entry itself. */
function textsOf(entry: LogEntry, reader: Person): { texts: string[]; ids: string[] } {
  const audience = reader.role === 'member' ? 'member' : 'staff';
  const { message, names } = EVENTS.get(entry.id) as ReceivedAuditEvent;
  const {
    type = '',
    status = '',
    code = '',
    amount,
    currency,
    transfer_id,
    operation_id,
    ...rest
  } = entry.data as Record<string, string | undefined>;
  const usernameOf = (id: string | undefined) =>
    reader.role === 'agent' || id === reader.id ? (PEOPLE.find((one) => one.id === id)?.username ?? '') : '';
  const statuses = status === 'posted' ? ['posted', 'made', 'received'] : [status];
  const texts = [
    SHOWN.actions[entry.action]?.[audience] ?? entry.action,
    SHOWN.kinds[type]?.[audience] ?? '',
    ...statuses.map((one) => SHOWN.statuses[one]?.[audience] ?? ''),
    SHOWN.refusals[code] ?? code,
    ...message.split(SLOT),
    ...names.map(({ text }) => text),
    entry.actor?.username ?? '',
    usernameOf(entry.actor?.id),
    usernameOf(entry.subject?.type === 'user' ? entry.subject.id : undefined),
    ...Object.entries(rest).flatMap(([field, value]) => (field === 'method' ? [] : [String(value)])),
    ...(currency === undefined ? [] : [currency]),
  ];
  if (amount !== undefined) {
    const digits = currency === 'JPY' ? 0 : 2;
    const decimal = (Number(amount) / 10 ** digits).toFixed(digits);
    texts.push(decimal, decimal.replace('.', ','));
    for (const tag of ['en-GB', 'fr-FR']) texts.push(formatMoney(BigInt(amount), currency ?? '', tag));
  }
  const ids = [
    entry.id,
    entry.operation_id,
    entry.correlation_id,
    entry.actor?.id,
    entry.subject?.id,
    transfer_id,
  ];
  return { texts: texts.map(fold), ids: ids.filter((id) => typeof id === 'string') };
}

function isFound(entry: LogEntry, q: string, reader: Person): boolean {
  const { texts, ids } = textsOf(entry, reader);
  const terms = fold(q).split(/\s+/u).filter(Boolean);
  return terms.every((term) => texts.some((text) => text.includes(term)) || ids.includes(term));
}

const anyWord = (texts: readonly string[]) =>
  fc.tuple(any(...texts), fc.nat(), fc.nat(), fc.boolean()).map(([text, from, length, whole]) => {
    const start = from % text.length;
    return (whole ? text.slice(0, 40) : text.slice(start, start + 1 + (length % 9))).toWellFormed();
  });

const READERS = [bruno, zoe, lea];
for (const reader of READERS) {
  test(`${reader.username} finds exactly the entries in which they can read each word, everywhere`, async (t) => {
    const all = await read(reader);
    t.true(all.length > 50);
    const texts = all.flatMap((entry) => {
      const { texts, ids } = textsOf(entry, reader);
      return [...texts, ...ids].filter((text) => text !== '');
    });
    const fixed = [
      'transfer',
      'VIREMENT',
      'Virement demandé',
      'external',
      'requested',
      'marmalade',
      'zoe',
      'nadia',
    ];
    const anySearch = fc.oneof(
      fc.constantFrom(...fixed),
      anyWord([...fixed, ...texts]),
      fc.array(anyWord([...fixed, ...texts]), { minLength: 2, maxLength: 3 }).map((words) => words.join(' ')),
    );
    await fc.assert(
      fc.asyncProperty(anySearch, async (q) => {
        const expected = all.filter((entry) => isFound(entry, q, reader)).map(({ id }) => id);
        const found = await read(reader, q);
        t.deepEqual(
          found.map(({ id }) => id),
          expected,
          JSON.stringify(q),
        );
        const query = new URLSearchParams({ q });
        const { body } = await client.get(`/api/logs/stats?${query}`, token(reader));
        t.is(body.total, expected.length, JSON.stringify(q));
        const exported = await client.get(`/api/logs/export?format=ndjson&${query}`, token(reader));
        t.deepEqual(
          exported.text
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line).id),
          expected,
        );
      }),
      { numRuns: 120 },
    );
  });
}

test('a text whose entries all have it by their action is found together with other filters', async (t) => {
  const all = await read(bruno);
  const filters: [string, string, (entry: LogEntry) => boolean][] = [
    ['type_action', 'TRANSFER_REJECTED', ({ action }) => action === 'TRANSFER_REJECTED'],
    ['type_action', 'LOGIN', ({ action }) => action === 'LOGIN'],
    ['level', 'INFO', ({ level }) => level === 'INFO'],
    ['level', 'ERROR', () => false],
    ['service', 'auth', ({ service }) => service === 'auth'],
  ];
  for (const [field, value, isWanted] of filters) {
    const expected = all.filter((entry) => isFound(entry, 'transfer', bruno) && isWanted(entry));
    const query = new URLSearchParams({ q: 'transfer', [field]: value, limit: '200' });
    const found = await client.get(`/api/logs?${query}`, token(bruno));
    t.deepEqual(
      found.body.items.map(({ id }: LogEntry) => id),
      expected.slice(0, 200).map(({ id }) => id),
      value,
    );
  }
});

test('a member finds nothing by what is hidden from them', async (t) => {
  const hidden = ['root', 'ops', 'pod-7'];
  for (const q of hidden) {
    t.true((await read(bruno, q)).length > 0, `an agent finds ${q}`);
    t.deepEqual(await read(zoe, q), []);
    t.is((await client.get(`/api/logs/stats?q=${q}`, token(zoe))).body.total, 0);
  }
  const addresses = await read(zoe, '203.0.113.77');
  t.true(addresses.every(({ actor }) => actor?.id === zoe.id));
});

test('a text that is an operator of a search engine, or only such characters, is searched for literally', async (t) => {
  const all = await read(bruno);
  for (const q of [
    '+-*"@',
    '*',
    '-transfer',
    '+transfer',
    'trans*',
    '"transfer',
    '(',
    '~',
    '<',
    '"',
    '%',
    '_',
    '\\',
  ]) {
    const expected = all.filter((entry) => isFound(entry, q, bruno)).length;
    t.is((await read(bruno, q)).length, expected, q);
  }
  t.is((await read(bruno, ' ')).length, all.length, 'a text without a word is no filter');
  t.is((await client.get('/api/logs?q=', token(bruno))).status, 400);
});

test('every complete block has its words, however its entries were batched', async (t) => {
  const { total } = (await client.get('/api/logs/stats', token(bruno))).body;
  const blocks = await runtime('log_words').pluck('block');
  t.deepEqual(
    blocks.map(Number).sort((a, b) => a - b),
    Array.from({ length: Math.floor((total + 1) / 64) }, (_, block) => block),
  );
});
