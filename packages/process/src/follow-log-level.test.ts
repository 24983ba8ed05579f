import { randomUUID } from 'node:crypto';
import type { LineLevel, ServiceName } from '@guichet/contract';
import { levelMessage } from '@guichet/events';
import { createLog } from '@guichet/log';
import { defaultRegistry } from '@guichet/metrics';
import { eventually, startTestNats, testBroker } from '@guichet/testing';
import test, { type ExecutionContext } from 'ava';
import { followLogLevel, watchLogLevel } from './follow-log-level.ts';

const nats = await startTestNats();
const broker = await testBroker(nats, ['LEVELS']);
test.after.always(async () => {
  await broker.close();
  await nats.remove();
});

async function change(service: ServiceName, level: LineLevel | null, forMs: number): Promise<void> {
  const until = new Date(Date.now() + forMs).toISOString();
  const { id, subject, payload } = levelMessage(randomUUID(), { service, level, until });
  await broker.publish({ id, subject, payload: Buffer.from(JSON.stringify(payload)) });
}

/** A process of accounts, configured to log at info. */
function replica(t: ExecutionContext) {
  const lines: { level: string; msg: string; log_level?: string }[] = [];
  const log = createLog({ service: 'accounts' }, { write: (line) => void lines.push(JSON.parse(line)) });
  const following = followLogLevel({ broker, log, service: 'accounts', configured: 'info' });
  t.teardown(() => following.stop());
  return {
    log,
    lines,
    following,
    isAt: (level: string) => eventually(async () => log.isLevelEnabled(level)),
  };
}

test.serial(
  'every replica of the service takes the level, one that starts later too, and no other service',
  async (t) => {
    const [one, other] = [replica(t), replica(t)];
    await change('auth', 'trace', 60_000);
    await change('accounts', 'debug', 60_000);
    await Promise.all([one.isAt('debug'), other.isAt('debug')]);
    const restarted = replica(t);
    await restarted.isAt('debug');
    t.false(one.log.isLevelEnabled('trace'));
    t.like(
      one.lines.find(({ msg }) => msg === 'log level changed'),
      { level: 'warn', log_level: 'debug' },
    );
    watchLogLevel(one.following);
    const measured = () => defaultRegistry.metrics();
    t.regex(await measured(), /guichet_log_level\{level="debug"\} 1/);
    t.regex(await measured(), /guichet_log_level_chosen_by_operator 1/);
    await change('accounts', null, 0);
    await eventually(async () => !one.log.isLevelEnabled('debug') && !restarted.log.isLevelEnabled('debug'));
    t.regex(await measured(), /guichet_log_level\{level="info"\} 1/);
    t.regex(await measured(), /guichet_log_level_chosen_by_operator 0/);
  },
);

test.serial(
  'the level of the settings returns by itself, and a change that has ended is not followed again',
  async (t) => {
    const process = replica(t);
    await change('accounts', 'warn', 3_000);
    await eventually(async () => !process.log.isLevelEnabled('info'));
    await process.isAt('info');
    t.deepEqual(
      process.lines.map(({ log_level }) => log_level),
      ['warn', 'info'],
    );
    const restarted = replica(t);
    await change('auth', 'debug', 1_000);
    await eventually(async () => (await broker.lastSequence('LEVELS', 'levels.auth')) > 0);
    t.deepEqual(restarted.lines, []);
  },
);

test.serial(
  'an invalid message, or one about another service than its subject, changes nothing',
  async (t) => {
    const process = replica(t);
    const until = new Date(Date.now() + 60_000).toISOString();
    for (const payload of [
      { service: 'auth', level: 'debug', until },
      { service: 'accounts', level: 'loud', until },
    ])
      await broker.publish({
        id: randomUUID(),
        subject: 'levels.accounts',
        payload: Buffer.from(JSON.stringify(payload)),
      });
    await eventually(
      async () => process.lines.filter(({ msg }) => msg === 'message dead-lettered').length >= 1,
    );
    t.false(process.log.isLevelEnabled('debug'));
  },
);
