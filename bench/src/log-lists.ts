import { join } from 'node:path';
import { newId, openDatabase, queryOnce } from '@guichet/database';
import { openPeer } from '@guichet/http';
import { schemaOf } from '@guichet/jobs/servers/schema-statements';
import { silentLog } from '@guichet/log';
import { storeEvents } from '../../services/logging/src/intake/store-events.ts';
import { upsertPeople } from '../../services/logging/src/people/store.ts';
import type { BenchBank } from './bench-bank.ts';
import { ibanOf, type LogPopulation, logEvent, logPopulation } from './log-events.ts';
import { measurePages, type Page, type PageMeasured } from './measure-pages.ts';

const BATCH = 1_000;
const DAY_MS = 86_400_000;

/** A log that was filled by the code of the service's intake. */
export interface SeededLog {
  people: LogPopulation;
  /** When its last entry was logged. */
  now: Date;
  perSecond: number;
}

/** Stores `count` entries over ninety days in the log, through the intake of the service and without NATS. */
export async function seedLog(
  { bank, database, folder }: BenchBank,
  count: number,
  say: (text: string) => void,
): Promise<SeededLog> {
  const { settings } = bank;
  const db = openDatabase(
    {
      DATABASE_HOSTS: ['127.0.0.1'],
      DATABASE_PORT: settings.ports.database,
      DATABASE_NAME: schemaOf('logging'),
      DATABASE_USER: 'root',
      DATABASE_PASSWORD: settings.secrets.databaseRoot,
      DATABASE_POOL: 1,
      DATABASE_TLS: 'required',
      TLS_DIRECTORY: join(folder, 'tls', 'logging'),
    },
    silentLog,
  );
  const now = new Date();
  const people = logPopulation(now);
  const everyone = [...people.agents, ...people.members, people.unknown].map((person) => ({
    ...person,
    version: 1,
  }));
  try {
    await queryOnce(db, upsertPeople(everyone));
    const beganAt = performance.now();
    for (let from = 0; from < count; from += BATCH) {
      const size = Math.min(BATCH, count - from);
      await storeEvents(
        db,
        Array.from({ length: size }, (_, index) => logEvent(people, from + index, count, now)),
      );
      if (from % 100_000 === 0) say(`  ${from} of ${count} log entries stored`);
    }
    const perSecond = count / ((performance.now() - beganAt) / 1_000);
    await database.query(
      `ANALYZE TABLE ${schemaOf('logging')}.log_entries, ${schemaOf('logging')}.log_concerns, ${schemaOf('logging')}.log_words, ${schemaOf('logging')}.person_words`,
    );
    return { people, now, perSecond };
  } finally {
    await db.destroy();
  }
}

/** Requests pages and charts of the log over HTTP, as an agent would. */
export async function measureLog(
  { bank, folder, agents }: BenchBank,
  { people, now }: SeededLog,
  report: (measured: PageMeasured) => void,
): Promise<PageMeasured[]> {
  const peer = openPeer('logging', `https://127.0.0.1:${bank.settings.ports.logging}`, {
    TLS_DIRECTORY: join(folder, 'tls', 'frontend'),
  });
  const token = agents[0]?.token ?? '';
  const at = (daysAgo: number) => new Date(now.getTime() - daysAgo * DAY_MS).toISOString();
  const list = (query: string): Page => ({ path: `/api/logs?${query}`, token });
  const chart = (query: string): Page => ({ path: `/api/logs/stats?${query}`, token });
  const [, agent] = people.agents;
  const member = people.members[4_711];
  const pages: Record<string, Page> = {
    'log: all': list(''),
    'log: a frequent action': list('type_action=LOGIN'),
    'log: a rare action, long ago': list('type_action=ADMIN_COMMAND'),
    'log: a family': list('type_action=DEPOT'),
    'log: warnings': list('level=WARNING'),
    'log: a level without entries': list('level=ERROR'),
    'log: a service': list('service=auth'),
    'log: a day two months ago': list(`from=${at(61)}&to=${at(60)}`),
    'log: a member, by id': list(`user=${member?.id}`),
    'log: what concerns an agent': list(`concerns=${agent?.id}`),
    'log: an operation without entries': list(`operation=${newId()}`),
    'log text: a word of most entries': list('q=transfer'),
    'log text: the same in French, in a month': list(`q=virement&from=${at(60)}&to=${at(30)}`),
    'log text: a payee of many': list('q=moreau'),
    'log text: a payee of many, in a month': list(`q=moreau&from=${at(60)}&to=${at(30)}`),
    'log text: an IBAN': list(`q=${ibanOf(4_711)}`),
    'log text: an IBAN, in a month': list(`q=${ibanOf(4_711)}&from=${at(60)}&to=${at(30)}`),
    'log text: an amount': list('q=%E2%82%AC897.31'),
    'log text: two words, of a sentence and of a person': list('q=rejected+moreau'),
    'log text: a payee, and a word of no entry': list('q=moreau+xqz'),
    'log text: an id': list(`q=${member?.id}`),
    'log text: a word of every thirtieth entry': list('q=rejected'),
    'log text: a member': list(`q=${member?.username}`),
    'log text: two words of two entries, long ago': list('q=operator+ended'),
    'log text: no entry': list(`q=${people.unknown.username}`),
    'log text: three letters of no entry': list('q=xqz'),
    'log text: a common word, of one member': list(`q=transfer&user=${member?.id}`),
    'log text: a common word, a rare action': list('q=ended&type_action=ADMIN_COMMAND'),
    'log text: a common word, another level': list('q=transfer&level=WARNING'),
    'chart: an hour, by minute': chart(`bucket=minute&from=${at(30)}&to=${at(30 - 1 / 24)}`),
    'chart: a day, by hour': chart(`bucket=hour&from=${at(30)}&to=${at(29)}`),
    'chart: a month, by day': chart(`bucket=day&from=${at(60)}&to=${at(30)}`),
    'chart: a month, by hour': chart(`bucket=hour&from=${at(60)}&to=${at(30)}`),
    'chart: all, by day': chart('bucket=day'),
    'chart: a month of one action': chart(`type_action=LOGIN&from=${at(60)}&to=${at(30)}`),
    'chart: a month of one family': chart(`type_action=VIREMENT&from=${at(60)}&to=${at(30)}`),
    'chart: a month of one member': chart(`user=${member?.id}&from=${at(60)}&to=${at(30)}`),
    'chart: a month of one agent': chart(`user=${agent?.id}&from=${at(60)}&to=${at(30)}`),
    'chart: a member, as text': chart(`q=${member?.username}`),
    'chart: a month of a common word': chart(`q=transfer&from=${at(60)}&to=${at(30)}`),
    'chart: all of a common word': chart('q=virement'),
    'chart: an IBAN': chart(`q=${ibanOf(4_711)}`),
    'chart: a word of no entry': chart('q=xqz'),
    'chart: a day of a payee of many': chart(`q=moreau&from=${at(30)}&to=${at(29)}`),
    'chart: a month, by actor': chart(`group=actor&from=${at(60)}&to=${at(30)}`),
    'chart: a month, by decision': chart(`group=decision&bucket=hour&from=${at(60)}&to=${at(30)}`),
    'chart: a month, by address': chart(`group=address&from=${at(60)}&to=${at(30)}`),
    'chart: a month, by outcome': chart(`group=outcome&from=${at(60)}&to=${at(30)}`),
    'chart: all, by actor': chart('group=actor'),
    'chart: all, by decision': chart('group=decision&bucket=day'),
  };
  try {
    return await measurePages(peer, pages, report);
  } finally {
    await peer.close();
  }
}
