import { createCalendar } from '@guichet/calendar';
import type { LogGroup } from '@guichet/contract/logging';
import { newId, openDatabase } from '@guichet/database';
import { silentLog } from '@guichet/log';
import { rowsRead, withKnex } from '@guichet/testing';
import test from 'ava';
import { ALL_ENTRIES, type LogFilter } from '../entries/filter.ts';
import { buildEvent, startTestLogging } from '../fixtures.ts';
import { verifyChain } from '../verify/verify-chain.ts';
import { countEntries } from './count-entries.ts';

const ENTRIES = 5_000;
const MINUTE_MS = 60_000;
const start = Date.parse('2026-03-02T00:00:00.000Z');
const at = (index: number) => new Date(start + index * MINUTE_MS);
const calendar = createCalendar('Europe/Paris');

const logging = await startTestLogging();
test.after.always(() => logging.close());

const actors = Array.from({ length: 40 }, () => newId());
const events = Array.from({ length: ENTRIES }, (_, index) =>
  buildEvent({
    // Every thousandth comes two days late.
    time: at(index % 1_000 === 999 ? index - 2_880 : index).toISOString(),
    service: index % 3 === 0 ? 'auth' : 'accounts',
    action: index % 3 === 0 ? 'LOGIN' : index % 2 === 0 ? 'TRANSFER_POSTED' : 'TRANSFER_REJECTED',
    level: index % 5 === 0 ? 'WARNING' : 'INFO',
    actor:
      index % 7 === 0
        ? null
        : { id: actors[Math.floor(index ** 1.5) % 40] ?? '', username: 'someone', role: 'member' },
  }),
);
test.before(async () => {
  // Of several sizes, so that blocks begin and end within batches.
  for (let from = 0, size = 1; from < ENTRIES; from += size, size = (size * 3) % 701)
    await logging.store(...events.slice(from, from + size));
});

const FILTERS: Record<string, Partial<LogFilter>> = {
  'of all entries': {},
  'since a moment': { from: new Date(at(777).getTime() + 1) },
  'until a moment': { to: at(3_333) },
  'of some days': { from: at(1_440), to: at(4_320) },
  'of an hour': { from: at(1_440), to: at(1_500) },
  'of a level': { level: 'WARNING', from: at(100) },
  'of a service': { service: 'auth', to: at(4_000) },
  'of an action': { action: 'TRANSFER_REJECTED' },
  'of a family': { family: 'VIREMENT', from: at(5) },
  'of an outcome': { outcome: 'rejected' },
  'of security': { topic: 'security' },
  'of a text of an action': { text: 'rejected' },
  'of no entry': { level: 'ERROR' },
};

/** The groups of a chart by who acted, as they are counted one by one from the events. */
function countOneByOne({ from = null, to = null, ...filter }: Partial<LogFilter>) {
  const counts = new Map<string, number>();
  for (const { time, level, service, action, actor } of events) {
    const isWanted =
      (from === null || new Date(time) >= from) &&
      (to === null || new Date(time) < to) &&
      (!filter.level || level === filter.level) &&
      (!filter.service || service === filter.service) &&
      (!filter.action || action === filter.action) &&
      (filter.family !== 'VIREMENT' || action.startsWith('TRANSFER')) &&
      ((!filter.outcome && !filter.text) || action === 'TRANSFER_REJECTED') &&
      (!filter.topic || action === 'LOGIN');
    if (isWanted && actor !== null) counts.set(actor.id, (counts.get(actor.id) ?? 0) + 1);
  }
  return [...counts]
    .map(([key, count]) => ({ key, count }))
    .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
}

const chartOf = (
  filter: Partial<LogFilter>,
  db: typeof logging.runtime = logging.runtime,
  group: LogGroup = 'actor',
) => countEntries(db, { ...ALL_ENTRIES, ...filter }, { bucket: 'day', group, calendar, now: at(ENTRIES) });

for (const [what, filter] of Object.entries(FILTERS)) {
  test.serial(`the chart by actor ${what} agrees with the entries`, async (t) => {
    t.deepEqual((await chartOf(filter)).groups, countOneByOne(filter));
  });
}

test.serial('few entries are read for a chart by actor', async (t) => {
  await logging.db.raw('ANALYZE TABLE log_entries, log_actor_counts');
  const db = withKnex(openDatabase({ ...logging.settings, DATABASE_POOL: 1 }, silentLog));
  t.teardown(() => db.destroy());
  for (const filter of [{}, { service: 'auth' }]) {
    const all = await rowsRead(db, (one) => chartOf(filter, one));
    const others = await rowsRead(db, (one) => chartOf(filter, one, 'level'));
    const rows = all.rows - others.rows;
    t.true(rows < ENTRIES / 4, `${rows} rows were read by actor`);
  }
});

test.serial('changed numbers are found, and entries without numbers are counted one by one', async (t) => {
  t.true((await verifyChain(logging.db)).ok);
  const [row] = await logging.db('log_actor_counts').where({ block: 3 });
  for (const change of [
    { counts: Buffer.concat([row.counts.subarray(0, -1), Buffer.from([9])]) },
    { first_time: at(-9_000) },
    { last_time: at(9_000) },
    { block: 1_000_000 },
  ]) {
    await logging.db('log_actor_counts').where({ block: 3 }).update(change);
    t.like(await verifyChain(logging.db), {
      ok: false,
      reason: 'the numbers of entries in the charts were changed',
    });
    await logging.db('log_actor_counts').whereIn('block', [3, 1_000_000]).delete();
    await logging.db('log_actor_counts').insert(row);
  }
  await logging.db('log_actor_counts').where({ block: 3 }).delete();
  t.true((await verifyChain(logging.db)).ok);
  t.deepEqual((await chartOf({})).groups, countOneByOne({}));
});
