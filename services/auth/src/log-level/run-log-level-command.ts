import { LINE_LEVELS, type LineLevel, SERVICES, type ServiceName } from '@guichet/contract';
import { LEVEL_CHANGE_MAX_MS, plain, sentence } from '@guichet/contract/events';
import { type Database, newId, transaction } from '@guichet/database';
import { levelMessage } from '@guichet/events';
import { enqueue } from '@guichet/outbox';
import { operatorRan } from '../operator.ts';
import { UsageError } from '../usage-error.ts';

// A higher level would hide the warnings, which are also entries of the audit log.
const LEVELS = LINE_LEVELS.slice(0, LINE_LEVELS.indexOf('warn') + 1);
export const LOG_LEVEL_USAGE = `<service> ${LEVELS.join('|')} --for 15m | <service> reset`;

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Changes the level of a service's own log in all its processes, until a time; the running auth publishes it. It is logged as ADMIN_COMMAND in the same
 * transaction.
 * @returns what to print
 * @throws UsageError for another command
 */
export async function runLogLevelCommand(
  { db, now }: { db: Database; now: Date },
  args: readonly string[],
): Promise<string[]> {
  const { service, level, until } = readChange(args, now);
  const command = `log-level ${service} ${level ?? 'reset'}`;
  await transaction(db, (trx) =>
    enqueue(trx, [
      levelMessage(newId(now), { service, level, until: until.toISOString() }),
      operatorRan(now, {
        sentence: sentence`An operator ran ${plain(command)}.`,
        data: {
          command,
          log_level: level,
          expires_at: level === null ? null : until.toISOString(),
        },
      }),
    ]),
  );
  return level === null
    ? [`Every process of ${service} logs at the level of its settings within seconds.`]
    : [
        `Every process of ${service} logs at ${level} within seconds, until ${until.toISOString()}; then at the level of its settings again.`,
      ];
}

interface Change {
  service: ServiceName;
  level: LineLevel | null;
  until: Date;
}

function readChange([name, wanted, option, duration, ...rest]: readonly string[], now: Date): Change {
  const service = SERVICES.find((one) => one === name);
  const level = LEVELS.find((one) => one === wanted);
  if (service === undefined) throw new UsageError(`the services are ${SERVICES.join(', ')}`);
  if (wanted === 'reset' && option === undefined) return { service, level: null, until: now };
  if (level === undefined || option !== '--for' || rest.length > 0)
    throw new UsageError(`use log-level ${LOG_LEVEL_USAGE}`);
  const [, count, unit = ''] = /^(\d{1,5})([smh])$/.exec(duration ?? '') ?? [];
  const ms = Number(count ?? 0) * (UNITS_MS[unit] ?? 0);
  if (ms === 0 || ms > LEVEL_CHANGE_MAX_MS)
    throw new UsageError('say for how long, at most a day: --for 15m, or 30s, 2h');
  return { service, level, until: new Date(now.getTime() + ms) };
}
