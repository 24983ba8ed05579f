import type { Page } from '@guichet/contract';
import type { LogEntry } from '@guichet/contract/logging';
import type { PageContext } from '../../request-context.ts';
import { groupByDay } from '../group-by-day.ts';
import { openList } from '../lists/open-list.ts';
import { currentUser, render } from '../page.ts';
import { canOpen } from './can-open.ts';
import { reasonOf } from './sentence.ts';
import { deviceOf, sentenceToReader } from './sentence-to-reader.ts';
import { LOG_TOPICS, topicOf } from './topics.ts';

/** As many of the log's pages as one page reads to find enough of a topic. */
const LOG_PAGES_MAX = 5;
const ENOUGH = 30;

/** A member's own log, in sentences by day. */
export async function showActivity(ctx: PageContext): Promise<void> {
  const list = openList(ctx, 'logs');
  const { bucket: _bucket, topic, ...query } = list.values;
  const read = (cursor: string | undefined) =>
    ctx.state.api.logging.entries({ limit: topic === undefined ? 50 : 100, ...query, cursor });
  const page = await readTopic(read, topic, list.cursor);
  const mayOpen = await canOpen(ctx, page.items);
  const items = page.items.map((entry, index) => describe(ctx, entry, mayOpen[index] === true));
  render(ctx, 'activity.njk', {
    list,
    topics: LOG_TOPICS,
    days: groupByDay(items, ({ time }) => time, ctx.state.views.calendar),
    filtered: Object.keys(query).length > 0 || topic !== undefined,
    nextPage: list.nextHref(page.next),
  });
}

/** A page of the log; of one topic, several pages, because the log can't be filtered by topics. */
export async function readTopic(
  read: (cursor: string | undefined) => Promise<Page<LogEntry>>,
  topic: string | undefined,
  cursor: string | undefined,
): Promise<Page<LogEntry>> {
  let page = await read(cursor);
  if (topic === undefined) return page;
  const ofTopic = ({ action }: LogEntry): boolean => topicOf(action) === topic;
  const items = page.items.filter(ofTopic);
  for (let pages = 1; pages < LOG_PAGES_MAX && page.next !== null && items.length < ENOUGH; pages += 1) {
    page = await read(page.next);
    items.push(...page.items.filter(ofTopic));
  }
  return { items, next: page.next };
}

function describe(ctx: PageContext, entry: LogEntry, mayOpen: boolean) {
  const { views, locale } = ctx.state;
  const { action, subject, time } = entry;
  const pages: Record<string, string> = { operation: '/operations', account: '/accounts' };
  const path = pages[subject?.type ?? ''];
  return {
    time,
    sentence: sentenceToReader(views, locale, entry, currentUser(ctx).id),
    reason: reasonOf(entry),
    // The sentence about a sign-in names the device itself.
    device: action === 'LOGIN' ? null : deviceOf(views, locale, entry),
    isNewDevice: action === 'LOGIN' && entry.data.new_device === true,
    href: mayOpen && path !== undefined ? `${path}/${subject?.id}` : null,
  };
}
