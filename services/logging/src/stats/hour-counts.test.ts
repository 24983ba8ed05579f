import { type Calendar, createCalendar } from '@guichet/calendar';
import { LOG_LEVELS } from '@guichet/contract';
import type { ReceivedAuditEvent } from '@guichet/contract/events';
import { DECISION_ACTIONS, logFamilyOf, logOutcomeOf } from '@guichet/contract/events';
import {
  LOG_BUCKETS,
  LOG_GROUPS,
  type LogBucket,
  type LogGroup,
  type LogStats,
} from '@guichet/contract/logging';
import { newId } from '@guichet/database';
import test from 'ava';
import fc from 'fast-check';
import { ALL_ENTRIES } from '../entries/filter.ts';
import { buildEvent, startTestLogging } from '../fixtures.ts';
import { addressOf } from '../intake/sign-in-address.ts';
import { verifyChain } from '../verify/verify-chain.ts';
import { countEntries } from './count-entries.ts';

const logging = await startTestLogging();
test.after.always(() => logging.close());

const bruno = { id: newId(), username: 'bruno', role: 'agent' as const };
const alice = { id: newId(), username: 'alice', role: 'member' as const };
test.before(() => logging.db('people').insert({ id: alice.id, username: alice.username, version: 1 }));
const FIRST = Date.parse('2026-03-28T20:00:00Z');
const HOURS = 40;
const ACTIONS = ['TRANSFER_POSTED', 'DEPOSIT_REJECTED', 'LOGIN', 'UNHEARD_OF', 'LOGIN_FAILED'];
const ADDRESSES = ['192.0.2.1', '192.0.2.2', '2001:db8:0:1::5', '2001:db8:0:1::6'];
const QUARTER_MS = 900_000;

/** Times near the edges of quarters, hours and days, and anywhere else. */
const anyTime = fc.oneof(
  fc.nat(HOURS * 3_600_000).map((ms) => new Date(FIRST + ms)),
  fc
    .tuple(fc.nat(HOURS * 4), fc.integer({ min: -1, max: 1 }))
    .map(([quarter, ms]) => new Date(FIRST + quarter * QUARTER_MS + ms)),
);
const anyEvent = fc
  .record({
    time: anyTime.map((time) => time.toISOString()),
    actor: fc.constantFrom(null, alice, bruno),
    data: fc.constantFrom(...ADDRESSES).map((ip) => ({ ip })),
    service: fc.constantFrom('auth', 'accounts', 'a b'),
    action: fc.constantFrom(...ACTIONS),
    level: fc.constantFrom(...LOG_LEVELS),
  })
  .map((event) => buildEvent(event));
const anyPeriod = fc.record({ from: fc.option(anyTime), to: fc.option(anyTime) });
const NO_KIND = { level: null, service: null, action: null, family: null, topic: null, outcome: null };
const someKind = fc.record({
  level: fc.option(fc.constantFrom(...LOG_LEVELS)),
  service: fc.option(fc.constantFrom('auth', 'accounts', 'b')),
  action: fc.option(fc.constantFrom(...ACTIONS), { freq: 2 }),
  family: fc.option(fc.constantFrom('VIREMENT' as const, 'DEPOT' as const), { freq: 1 }),
  topic: fc.option(fc.constantFrom('money' as const, 'security' as const), { freq: 2 }),
  outcome: fc.option(fc.constantFrom('posted' as const, 'rejected' as const), { freq: 1 }),
});
/** Stored counts of groups are only used without a kind. */
const anyKind = fc.oneof(someKind, fc.constant(NO_KIND));

const now = new Date('2026-03-30T00:00:00Z');
/** Days that begin at whole hours of UTC, with a change of the clocks, and at other quarters. */
const CALENDARS = ['Asia/Kathmandu', 'Europe/Paris'].map((zone) => createCalendar(zone));

test('charts count what is in the log, after batches of any size and repeated deliveries, in every period, and of every kind', async (t) => {
  const stored = new Map<string, ReceivedAuditEvent>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyEvent, { minLength: 1, maxLength: 20 }),
      fc.nat(20),
      anyPeriod,
      anyKind,
      fc.constantFrom(...LOG_BUCKETS),
      fc.constantFrom(...LOG_GROUPS),
      fc.constantFrom(...CALENDARS),
      async (events, repeated, period, kind, bucket, group, calendar) => {
        const options = { calendar, now, bucket, group };
        await logging.store(...events, ...events.slice(0, repeated % 3));
        if (repeated % 2 === 0) await logging.store(...events.slice(0, repeated));
        for (const event of events) stored.set(event.id, event);

        const matching = [...stored.values()].filter(
          (event) =>
            (period.from === null || Date.parse(event.time) >= period.from.getTime()) &&
            (period.to === null || Date.parse(event.time) < period.to.getTime()) &&
            (kind.level === null || event.level === kind.level) &&
            (kind.service === null || event.service === kind.service) &&
            (kind.action === null || event.action === kind.action) &&
            (kind.outcome === null || logOutcomeOf(event.action) === kind.outcome) &&
            (kind.topic === null || (kind.topic === 'money') === /^(TRANSFER|DEPOSIT)_/.test(event.action)) &&
            (kind.family === null || logFamilyOf(event.action) === kind.family),
        );
        const filter = { ...ALL_ENTRIES, ...period, ...kind };
        const stats = await countEntries(logging.runtime, filter, options);
        const { groups, ...counts } = stats;
        t.deepEqual(counts, expectedOf(matching, stats), JSON.stringify({ period, kind, bucket }));
        t.deepEqual(groups, groupsOf(matching, options), JSON.stringify({ period, kind, bucket, group }));

        // These are counted one by one; every entry contains this text.
        for (const [more, some] of [
          [{ text: 'posted' }, matching],
          [{ namedUser: alice.id }, matching.filter(({ actor }) => actor?.id === alice.id)],
          [{ actor: bruno.id, isDecision: true }, matching.filter(isDecision)],
          [{ address: '192.0.2.1' }, matching.filter((event) => addressIn(event) === '192.0.2.1')],
          [{ visibleTo: alice.id, text: 'alice' }, matching.filter(({ actor }) => actor?.id === alice.id)],
        ] as const) {
          const { groups, ...counted } = await countEntries(logging.runtime, { ...filter, ...more }, options);
          const what = JSON.stringify({ period, kind, bucket, group, more });
          t.deepEqual(counted, expectedOf(some, counted), what);
          t.deepEqual(groups, groupsOf(some, options), what);
        }
      },
    ),
    { numRuns: 150 },
  );
  t.true((await verifyChain(logging.runtime)).ok);
});

/** The totals of the entries, and the same bars with the numbers of the entries in each. */
function expectedOf(entries: readonly ReceivedAuditEvent[], { series }: LogStats): LogStats {
  const count = (key: 'level' | 'action' | 'service') =>
    Object.fromEntries(
      [...Map.groupBy(entries, (entry) => entry[key])].map(([value, some]) => [value, some.length]),
    );
  const starts = series.map(({ start }) => Date.parse(start));
  const bars = series.map(({ start }) => ({ start, info: 0, warning: 0, error: 0 }));
  for (const { time, level } of entries) {
    const bar = bars[starts.findLastIndex((start) => start <= Date.parse(time))];
    if (bar !== undefined) bar[level.toLowerCase() as 'info'] += 1;
  }
  return {
    total: entries.length,
    by_level: { INFO: 0, WARNING: 0, ERROR: 0, ...count('level') },
    by_action: count('action'),
    by_service: count('service'),
    series: bars,
  };
}

const isDecision = ({ action, actor }: ReceivedAuditEvent): boolean =>
  actor?.role === 'agent' && DECISION_ACTIONS.includes(action);

/** An address that is sealed, because an actor is known, is no group. */
const addressIn = ({ action, actor, data }: ReceivedAuditEvent): string | null =>
  action === 'LOGIN_FAILED' && actor === null ? addressOf(String(data.ip)) : null;

/** The groups of the entries, counted one by one. */
function groupsOf(
  entries: readonly ReceivedAuditEvent[],
  { group, bucket, calendar }: { group: LogGroup; bucket: LogBucket; calendar: Calendar },
) {
  const startOf = (time: string, unit: LogBucket): string => {
    const day = calendar.dayOf(new Date(time)).from.getTime();
    const length = { minute: 60_000, hour: 3_600_000, day: Number.POSITIVE_INFINITY }[unit];
    const whole = unit === 'day' ? 0 : Math.floor((Date.parse(time) - day) / length) * length;
    return new Date(day + whole).toISOString();
  };
  const keyOf: Record<LogGroup, (event: ReceivedAuditEvent) => string | null> = {
    actor: ({ actor }) => actor?.id ?? null,
    action: ({ action }) => action,
    service: ({ service }) => service,
    level: ({ level }) => level,
    outcome: ({ action }) => logOutcomeOf(action),
    hour: ({ time }) => startOf(time, 'hour'),
    address: addressIn,
    decision: (event) => (isDecision(event) ? `${event.actor?.id} ${startOf(event.time, bucket)}` : null),
  };
  return [...Map.groupBy(entries, keyOf[group])]
    .flatMap(([key, some]) => (key === null ? [] : [{ key, count: some.length }]))
    .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
}
