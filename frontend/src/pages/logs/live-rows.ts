import type { LogEntry } from '@guichet/contract/logging';
import type { PageContext } from '../../request-context.ts';
import { linesOf } from '../lines-of.ts';
import { describeEntry } from './describe-entry.ts';
import { nameActor } from './name-actor.ts';

/** What the live tail's script adds to the list, in the reader's language. */
export interface LiveRow {
  time: string;
  level: LogEntry['level'];
  levelName: string;
  action: string;
  sentence: string;
  actor: string;
  service: string;
}

/** The log's stream with rows of the reader's list in place of entries. */
export function liveRows(ctx: PageContext) {
  return async function* (stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
    for await (const line of linesOf(stream)) {
      const data = /^data: (.*)$/.exec(line)?.[1];
      yield data === undefined
        ? `${line}\n`
        : `data: ${JSON.stringify(rowOf(ctx, JSON.parse(data) as LogEntry))}\n`;
    }
  };
}

function rowOf(ctx: PageContext, entry: LogEntry): LiveRow {
  const { views, locale } = ctx.state;
  const { time, level, action, service } = entry;
  return {
    time: views.formatsOf(locale).exactTime(time),
    level,
    levelName: views.t(locale, `levels.${level}`, level),
    action: views.t(locale, `actions.${action}`, action),
    sentence: describeEntry(ctx, entry).sentence,
    actor: nameActor(views, locale, entry),
    service,
  };
}
