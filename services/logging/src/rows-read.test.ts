import { newId, openDatabase } from '@guichet/database';
import { silentLog } from '@guichet/log';
import { type KnexDatabase, rowsRead, withKnex } from '@guichet/testing';
import anyTest, { type TestFn } from 'ava';
import { ALL_ENTRIES, type LogFilter } from './entries/filter.ts';
import { readEntries } from './entries/read-entries.ts';
import type { Slice } from './entries/store.ts';
import { buildEvent, startTestLogging } from './fixtures.ts';
import { storeEvents } from './intake/store-events.ts';
import { addMonths } from './months/add-months.ts';
import { planSearch } from './search/plan-search.ts';
import { SEQUENCE_MAX } from './search/rules.ts';
import { seekRanges } from './search/seek-ranges.ts';

const test = anyTest.serial as TestFn<{ close: () => Promise<void>; db: KnexDatabase; ids: Ids }>;

interface Ids {
  member: string;
  agent: string;
  operation: string;
}

const ENTRIES = 20_000;
const LIMIT = 50;
const MESSAGES: Readonly<Record<number, string>> = { 700: 'An operator cleaned up' };
/** The rows that a page may read: its own, or those of one day; a scan would read all. */
const FEW = 3_000;
const start = Date.parse('2026-07-01T00:00:00.000Z');
const monthAt = (index: number) => new Date(Date.UTC(2025, index, 15));
const traceAt = (index: number) => String(index + 1).padStart(32, '0');
const at = (index: number) => new Date(start + index * 60_000);

test.before(async (t) => {
  const logging = await startTestLogging();
  const ids = { member: newId(), agent: newId(), operation: newId() };
  const people = Array.from({ length: 40 }, () => newId());
  // Stored as if a thousand came in each of twenty months.
  await addMonths(logging.db, { now: monthAt(0), ahead: 26 });
  for (let from = 0; from < ENTRIES; from += 1_000) {
    await storeEvents(
      logging.runtime,
      Array.from({ length: 1_000 }, (_, offset) => {
        const index = from + offset;
        // The first few are of a rare kind, and of a member who did nothing later.
        const isRare = index < 60;
        const actor = isRare ? ids.member : index % 2 === 0 ? ids.agent : (people[index % 40] ?? ids.agent);
        return buildEvent({
          id: newId(at(index)),
          time: at(index).toISOString(),
          service: isRare ? 'mailer' : index % 3 === 0 ? 'auth' : 'accounts',
          actor: { id: actor, username: `user-${actor.slice(-4)}`, role: 'member' },
          action: isRare ? 'TOTP_DISABLED' : index % 3 === 0 ? 'LOGIN' : 'TRANSFER_POSTED',
          level: isRare ? 'ERROR' : 'INFO',
          operation_id: index === 500 ? ids.operation : null,
          correlation_id: `request-${index}`,
          traceparent: `00-${traceAt(index)}-00f067aa0ba902b7-01`,
          message:
            index % 100 === 0 ? (MESSAGES[index] ?? 'A transfer was checked') : 'A transfer was posted',
          concerns: [people[(index + 1) % 40] ?? ids.agent],
        });
      }),
      monthAt(from / 1_000),
    );
  }
  await logging.db.raw('ANALYZE TABLE log_entries, log_concerns, log_hours, log_words');
  const db = withKnex(openDatabase({ ...logging.settings, DATABASE_POOL: 1 }, silentLog));
  t.context = { close: logging.close, db, ids };
});
test.after.always(async (t) => {
  await t.context.db.destroy();
  await t.context.close();
});

/** Tables that a search may read whole, and results of other tables. */
const SMALL = /^(log_hours|log_words|person_words|person_keys|people|<.*>)$/;

const newest: Slice = { order: 'newest first', limit: LIMIT };

const PAGES: readonly [string, (ids: Ids) => Partial<LogFilter>, found: number, slice?: Slice][] = [
  ['all', () => ({}), 50],
  ['a later page', () => ({}), 50, { ...newest, before: 700n }],
  [
    'entries after a sequence',
    () => ({}),
    50,
    { order: 'oldest first', after: 19_000_000_000n, limit: LIMIT },
  ],
  ['a frequent action', () => ({ action: 'LOGIN' }), 50],
  ['a rare action, long ago', () => ({ action: 'TOTP_DISABLED' }), 50],
  ['an action without entries', () => ({ action: 'USER_DELETED' }), 0],
  ['a family', () => ({ family: 'VIREMENT' }), 50],
  ['a level', () => ({ level: 'INFO' }), 50],
  ['errors, long ago', () => ({ level: 'ERROR' }), 50],
  ['a service', () => ({ service: 'auth' }), 50],
  ['a service that wrote long ago', () => ({ service: 'mailer' }), 50],
  ['an operation', ({ operation }) => ({ operationId: operation }), 1],
  ['a request', () => ({ correlationId: 'request-77' }), 1],
  ['a trace', () => ({ traceId: traceAt(77) }), 1],
  ['a word of one entry, long ago', () => ({ text: 'OPERATOR' }), 1],
  ['part of a word of one entry, and the next word', () => ({ text: 'rator cle' }), 1],
  ['a text of no entry', () => ({ text: 'nothing like it' }), 0],
  ['a text of most entries', () => ({ text: 'was posted' }), 50],
  ['a text of a rare kind', () => ({ text: 'was posted', action: 'TOTP_DISABLED' }), 50],
  ['a word of one entry, of a member', ({ member }) => ({ text: 'operator', visibleTo: member }), 0],
  ['a text of most entries, on a day', () => ({ text: 'transfer', from: at(1_440), to: at(2_880) }), 50],
  ['a day long ago', () => ({ from: at(1_440), to: at(2_880) }), 50],
  ['a quiet day', () => ({ from: at(ENTRIES + 90), to: null }), 0],
  ['the older half', () => ({ from: null, to: at(ENTRIES / 2) }), 50],
  ['an agent’s actions', ({ agent }) => ({ namedUser: agent }), 50],
  ['entries of a member, long ago', ({ member }) => ({ visibleTo: member }), 50],
  ['a member’s own actions', ({ member }) => ({ visibleTo: member, namedUser: member }), 50],
  ['entries that concern a member', ({ member }) => ({ concernedUser: member }), 50],
  ['what a member did about security', ({ member }) => ({ visibleTo: member, topic: 'security' }), 50],
  ['a member’s errors', ({ member }) => ({ visibleTo: member, level: 'ERROR' }), 50],
  [
    'an agent’s logins on a day',
    ({ agent }) => ({ namedUser: agent, action: 'LOGIN', from: at(1_440), to: at(2_880) }),
    50,
  ],
  ['logins on a day', () => ({ action: 'LOGIN', from: at(1_440), to: at(2_880) }), 50],
];

for (const [what, filter, found, slice = newest] of PAGES) {
  test(`few of ${ENTRIES} entries are read for ${what}`, async (t) => {
    let page: unknown[] = [];
    const { rows, plans } = await rowsRead(t.context.db, async (db) => {
      page = await readEntries(db, { ...ALL_ENTRIES, ...filter(t.context.ids) }, slice);
    });
    t.is(page.length, found);
    t.deepEqual(
      plans.filter(({ table, type }) => type === 'ALL' && !SMALL.test(table ?? '')),
      [],
    );
    t.true(rows <= FEW, `${rows} rows were read: ${JSON.stringify(plans)}`);
  });
}

test('as many blocks of words are read at a time as are likely to be needed', async (t) => {
  const { db } = t.context;
  const whole = { first: 1n, last: SEQUENCE_MAX - 1n };
  const plan = await planSearch(db, 'checked', { visibleTo: null, whole });
  const batches: number[] = [];
  for await (const ranges of seekRanges(db, plan, { order: 'newest first' }, (read) => read + 6))
    batches.push(ranges.length);
  t.deepEqual(batches.slice(0, 3), [1, 64, 70]);
});
