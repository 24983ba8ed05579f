import type { LogEntry } from '@guichet/contract/logging';
import { type Cell, csvHeader, csvRecords } from '@guichet/csv';
import type { PageContext } from '../../request-context.ts';
import { linesOf } from '../lines-of.ts';
import { currentUser } from '../page.ts';
import { describeEntry } from './describe-entry.ts';
import { nameActor } from './name-actor.ts';

type Described = ReturnType<typeof describeEntry>;
type Column = readonly [heading: string, read: (entry: LogEntry, described: Described) => Cell];

/** How many lines are written at once. */
const BATCH = 200;

/**
 * The log as CSV, from its NDJSON: the sentences, names and headings of the reader's page. Members get what their page shows; the staff
 * also what identifies an entry.
 */
export function csvOfLog(ctx: PageContext) {
  const columns = currentUser(ctx).role === 'member' ? columnsOfMember(ctx) : columnsOfStaff(ctx);
  const recordOf = (entry: LogEntry): Cell[] => {
    const described = describeEntry(ctx, entry);
    return columns.map(([, read]) => read(entry, described));
  };
  return async function* (ndjson: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
    yield csvHeader(columns.map(([heading]) => heading));
    let records: Cell[][] = [];
    for await (const line of linesOf(ndjson)) {
      records.push(recordOf(JSON.parse(line) as LogEntry));
      if (records.length < BATCH) continue;
      yield csvRecords(records);
      records = [];
    }
    if (records.length > 0) yield csvRecords(records);
  };
}

/** "Activité alice 2026-11-20.csv" */
export function csvFileName(ctx: PageContext): string {
  const { views, locale } = ctx.state;
  const { role, username } = currentUser(ctx);
  const today = views.calendar.dateOf(new Date());
  const name = views.t(locale, role === 'member' ? 'logs.file_own' : 'logs.file_all', 'log');
  return `${[name, role === 'member' ? username : [], today].flat().join(' ')}.csv`;
}

function columnsOfMember(ctx: PageContext): Column[] {
  const { views, locale } = ctx.state;
  const text = (name: string): string => views.t(locale, `logs.${name}`, name);
  return [
    [text('date_time'), ({ time }) => views.formatsOf(locale).sortableTime(time)],
    [text('what'), (_, { sentence }) => sentence],
    [
      text('device'),
      (_, { device, isNewDevice }) =>
        isNewDevice ? [device ?? [], text('new_device')].flat().join(' · ') : device,
    ],
    [text('ip'), (_, { ip }) => ip],
    [text('reason'), (_, { reason }) => reason],
  ];
}

function columnsOfStaff(ctx: PageContext): Column[] {
  const { views, locale } = ctx.state;
  const text = (name: string): string => views.t(locale, `logs.${name}`, name);
  return [
    [text('sequence'), ({ sequence }) => sequence],
    [text('date_time'), ({ time }) => views.formatsOf(locale).sortableTime(time)],
    [text('level'), ({ level }) => views.t(locale, `levels.${level}`, level)],
    [text('action'), ({ action }) => views.t(locale, `actions.${action}`, action)],
    [text('what'), (_, { sentence }) => sentence],
    [text('who'), (entry) => nameActor(views, locale, entry)],
    [text('service'), ({ service }) => service],
    [text('subject'), ({ subject }) => (subject === null ? null : `${subject.type} ${subject.id}`)],
    [text('operation'), ({ operation_id }) => operation_id],
    [text('correlation'), ({ correlation_id }) => correlation_id],
    [text('trace'), ({ trace_id }) => trace_id],
    [text('details'), ({ data }) => JSON.stringify(data)],
    [text('hash'), ({ hash }) => hash],
  ];
}
