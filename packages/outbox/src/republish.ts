import {
  change,
  type Database,
  lock,
  newId,
  queryOnce,
  type Sql,
  select,
  sql,
  transaction,
} from '@guichet/database';
import { logMessage, outboxRepublished } from '@guichet/events';
import { enqueue } from './enqueue.ts';
import type { Family } from './row.ts';

export type OutboxService = Parameters<typeof outboxRepublished>[0]['service'];

export interface Republication {
  since: Date;
  /** SQL LIKE pattern of the subjects, such as `log.agents.%`. */
  subject: string;
  /** Whether mail is published again too: the mailer sends those of which the stream MAIL_RECORDS has no record, so all of them if that was lost. */
  mail: boolean;
}

const ROWS_AT_ONCE = 500;
const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Makes the relay publish again what was published since a time: under new message ids, because JetStream drops those that it saw in the last
 * minutes, but with the same event ids, by which consumers recognize what they have. Never users: an old state must not follow a newer one.
 * @returns the number of events
 */
export async function republish(
  db: Database,
  service: OutboxService,
  { since, subject, mail }: Republication,
): Promise<number> {
  const families: readonly Family[] = ['log', 'revocations', ...(mail ? (['mail'] as const) : [])];
  // A row that is published again keeps one such ending, and this run doesn't take it twice.
  const run = Date.now().toString(36);
  const wanted = sql`published_at >= ${since} AND family IN (${families}) AND subject LIKE ${subject}`;
  const newest = await logRepublication(db, service, wanted, {
    since: since.toISOString(),
    families,
    subjects: subject,
  });
  let total = 0;
  for (;;) {
    const rows = await transaction(db, async (trx) => {
      const found = await queryOnce(
        trx,
        lock<{ sequence: bigint; events: number }>(
          sql`SELECT sequence, events FROM outbox WHERE ${wanted} AND sequence <= ${newest}
            AND id NOT LIKE ${`%~${run}`} ORDER BY published_at, sequence LIMIT ${ROWS_AT_ONCE}`,
        ),
      );
      if (found.length > 0)
        await queryOnce(
          trx,
          change(sql`UPDATE outbox SET published_at = NULL, id = CONCAT(LEFT(SUBSTRING_INDEX(id, '~', 1), 65), '~', ${run})
            WHERE sequence IN (${found.map(({ sequence }) => sequence)})`),
        );
      return found;
    });
    if (rows.length === 0) return total;
    total += rows.reduce((sum, { events }) => sum + Number(events), 0);
  }
}

/**
 * Logs what is to be published again: before the first change, because the command may end between two of them.
 * @returns the newest of these rows; the entry itself comes after it
 */
async function logRepublication(
  db: Database,
  service: OutboxService,
  wanted: Sql,
  what: { since: string; families: readonly Family[]; subjects: string },
): Promise<bigint> {
  return transaction(db, async (trx) => {
    const [found] = await queryOnce(
      trx,
      select(
        sql`SELECT COALESCE(SUM(events), 0) AS events, COALESCE(MAX(sequence), 0) AS newest FROM outbox WHERE ${wanted}`,
        (rows: { events: unknown; newest: bigint }[]) => rows,
      ),
    );
    const now = new Date();
    const data = { ...what, events: Number(found?.events ?? 0) };
    await enqueue(trx, [logMessage(outboxRepublished({ id: newId(now), now, service, data }))]);
    return BigInt(found?.newest ?? 0);
  });
}

/**
 * Reads `--since <time or duration> [--subject <pattern>] [--mail]`. A duration is 90m, 6h or 2d; a pattern has `*` for one word and `>` for the rest.
 * @throws Error that names what is wrong
 */
export function readRepublication(args: readonly string[], now: Date): Republication {
  let since: Date | undefined;
  let subject = '%';
  let mail = false;
  const rest = [...args];
  for (let option = rest.shift(); option !== undefined; option = rest.shift()) {
    if (option === '--since') since = readTime(rest.shift() ?? '', now);
    else if (option === '--subject') subject = likePattern(rest.shift() ?? '');
    else if (option === '--mail') mail = true;
    else throw new Error(`unknown option "${option}": use --since, --subject or --mail`);
  }
  if (since === undefined) throw new Error('say since when: --since 2h, or --since 2026-01-31T12:00:00Z');
  return { since, subject, mail };
}

function readTime(text: string, now: Date): Date {
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const time =
    count === undefined
      ? new Date(/^\d{4}-\d\d-\d\d/.test(text) ? text : Number.NaN)
      : new Date(now.getTime() - Number(count) * (UNITS_MS[unit] ?? 0));
  if (Number.isNaN(time.getTime()))
    throw new Error(`"${text}" is no time and no duration such as 90m, 6h or 2d`);
  return time;
}

function likePattern(pattern: string): string {
  if (!/^[\w.*>-]{1,100}$/.test(pattern))
    throw new Error(`"${pattern}" is no pattern of subjects, such as log.agents.>`);
  return pattern.replaceAll('_', '\\_').replaceAll(/[*>]/g, '%');
}
