import { execFileSync, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createLeasesTable, transaction } from '@guichet/database';
import { SubjectChangedError } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { eventually, startTestNats, testBroker, testDatabase } from '@guichet/testing';
import test from 'ava';
import { enqueue } from './enqueue.ts';
import { startRelay } from './relay.ts';
import { createOutboxTables } from './tables.ts';

const { db, settings, drop } = await testDatabase();
const nats = await startTestNats();
const STREAMS = ['LOG', 'MAIL', 'USERS'] as const;
const broker = await testBroker(nats, STREAMS);
const { manager } = await broker.whenReady();

test.before(async () => {
  await createOutboxTables(db);
  await createLeasesTable(db);
});
test.afterEach.always(async () => {
  for (const table of ['outbox', 'leases']) await db.raw(`DELETE FROM ${table}`);
  for (const stream of STREAMS) await manager.streams.purge(stream);
});
test.after.always(async () => {
  await broker.close();
  await nats.remove();
  await drop();
});

const WINDOW_MS = 200;

let made = 0;
async function commit(round: string): Promise<void> {
  const subjects = ['users.ann', 'log.system.info', 'mail.activated'];
  const messages = subjects.map((subject) => {
    made += 1;
    return { id: `id-${made}`, subject, payload: { round } };
  });
  await transaction(db, (trx) => enqueue(trx, messages));
}

async function waitingRows(): Promise<number> {
  const [[{ waiting }]] = await db.raw('SELECT COUNT(*) AS waiting FROM outbox WHERE published_at IS NULL');
  return Number(waiting);
}

/** The rounds whose messages a stream has, in its order. */
async function stored(stream: (typeof STREAMS)[number]): Promise<string[]> {
  const { state } = await manager.streams.info(stream);
  const rounds: string[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const { data } = await manager.streams.getMessage(stream, { seq });
    rounds.push((JSON.parse(Buffer.from(data).toString()) as { round: string }).round);
  }
  return rounds;
}

async function withDuplicateWindow(stream: (typeof STREAMS)[number], ms: number): Promise<void> {
  await manager.streams.update(stream, { duplicate_window: ms * 1e6 });
}

/** Starts a relay in a process that is suspended right before it publishes on a subject. */
async function frozenBefore(subject: string) {
  const fixture = fileURLToPath(new URL('relay.fixture.ts', import.meta.url));
  const args = [settings, nats.settings, STREAMS].map((one) => JSON.stringify(one));
  const child = spawn(process.execPath, [fixture, ...args, 'freeze', subject], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = on(createInterface({ input: child.stdout }), 'line');
  const state = () => execFileSync('ps', ['-o', 'state=', '-p', String(child.pid)]).toString();
  await eventually(() => state().startsWith('T'));
  return {
    /** Lets the process continue. @returns what came of its message */
    async thaw(): Promise<string> {
      child.kill('SIGCONT');
      return (await lines.next()).value?.[0];
    },
    async end() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

for (const [subject, outcome] of [
  ['users.', SubjectChangedError.name],
  // JetStream recognizes their ids, and so do their consumers.
  ['log.', 'stored'],
  ['mail.', 'stored'],
] as const) {
  test.serial(
    `a relay that was frozen right before it published on ${subject}* changes nothing when it continues after another one`,
    async (t) => {
      t.timeout(300_000);
      // So that only the fence can refuse the late message.
      await withDuplicateWindow('USERS', WINDOW_MS);
      t.teardown(() => withDuplicateWindow('USERS', 600_000));
      await commit('old');
      const frozen = await frozenBefore(subject);
      t.teardown(() => frozen.end());
      await commit('new');
      const relay = startRelay({ db, broker, log: silentLog });
      t.teardown(() => relay.stop());
      await eventually(async () => (await waitingRows()) === 0);
      // The window is a time of the server, which no client can observe.
      await sleep(WINDOW_MS * 3);
      t.is(await frozen.thaw(), outcome);
      t.deepEqual(await stored('USERS'), ['new'], 'the last state stays the last');
      t.deepEqual((await stored('LOG')).toSorted(), ['new', 'old']);
      t.deepEqual((await stored('MAIL')).toSorted(), ['new', 'old']);
      // The old relay has published the same row again.
      t.is(await waitingRows(), 0);
    },
  );
}

test.serial('a message that names its predecessor is stored only after that one', async (t) => {
  const publish = (id: string, after: number) =>
    broker.publish({ id, subject: 'users.bob', payload: Buffer.from('{"round":"x"}'), after });
  t.is(await broker.lastSequence('USERS', 'users.bob'), 0);
  const first = await publish('first', 0);
  t.is(await broker.lastSequence('USERS', 'users.bob'), first);
  await t.throwsAsync(publish('second', 0), { instanceOf: SubjectChangedError });
  const second = await publish('second', first);
  t.true(second > first);
  const last = await broker.lastSequence('USERS', 'users.bob');
  t.is(await publish('second', last), second, 'without an answer, it can be published again');
});
