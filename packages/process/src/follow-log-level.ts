import { LINE_LEVELS, type LineLevel, type ServiceName } from '@guichet/contract';
import { type Broker, followLatest, loggedDeadLetters, parseLevelEvent } from '@guichet/events';
import { changeLevel, type Log } from '@guichet/log';
import { metrics } from '@guichet/metrics';
import { systemClock } from '@guichet/time';

interface LogLevelFollowing {
  /** The lowest level of the lines that the process writes, and what chose it. */
  current(): { level: LineLevel; chosenBy: 'settings' | 'operator' };
  stop(): Promise<void>;
}

/** Measures the level, so that one that was forgotten is seen. */
export function watchLogLevel({ current }: Pick<LogLevelFollowing, 'current'>): void {
  metrics.gauge(
    {
      name: 'guichet_log_level',
      help: '1 for the lowest level of the lines that the process writes, 0 for the others.',
      labelNames: ['level'],
    },
    () => LINE_LEVELS.map((level) => [{ level }, Number(level === current().level)]),
  );
  metrics.gauge(
    {
      name: 'guichet_log_level_chosen_by_operator',
      help: '1 while an operator has changed the level of the log, 0 while it is that of the settings.',
    },
    () => Number(current().chosenBy === 'operator'),
  );
}

/**
 * Writes lines of the level that an operator chose for this service, in every replica, until the time that the operator set; then of the level of the
 * settings again. A process that starts meanwhile follows too. The real time counts, also in a bank whose clock is moved.
 */
export function followLogLevel(options: {
  broker: Broker;
  log: Log;
  service: ServiceName;
  configured: LineLevel;
}): LogLevelFollowing {
  const { broker, log, service, configured } = options;
  let current: LineLevel = configured;
  let timer: NodeJS.Timeout | undefined;

  function apply(level: LineLevel | null, until: Date): void {
    clearTimeout(timer);
    timer = undefined;
    const leftMs = until.getTime() - systemClock().getTime();
    const isChanged = level !== null && leftMs > 0;
    if (!isChanged && current === configured) return;
    current = isChanged ? level : configured;
    changeLevel(log, current);
    if (isChanged) timer = setTimeout(apply, leftMs, null, until).unref();
    // At a level that is always written, so that the log itself shows where its details begin and end.
    log.warn({ log_level: current, ...(isChanged ? { until } : {}) }, 'log level changed');
  }

  const following = followLatest({
    broker,
    stream: 'LEVELS',
    log,
    parse: parseLevelEvent,
    onBatch: async (batch) => {
      for (const { value } of batch) if (value.service === service) apply(value.level, new Date(value.until));
    },
    deadLetters: loggedDeadLetters(log),
  });
  return {
    current: () => ({ level: current, chosenBy: timer === undefined ? 'settings' : 'operator' }),
    stop() {
      clearTimeout(timer);
      return following.stop();
    },
  };
}
