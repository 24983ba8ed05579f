import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventsOf } from '@guichet/outbox';
import { testDatabase } from '@guichet/testing';
import test from 'ava';

const { db, drop, settings } = await testDatabase({
  migrations: new URL('../migrations', import.meta.url),
  pool: 2,
});
test.after.always(drop);

async function run(file: string, verb: string): Promise<void> {
  const given = Object.entries(settings).map(([name, value]) => [name, String(value)]);
  const env = { ...process.env, ...Object.fromEntries(given) };
  const command = fileURLToPath(new URL(file, import.meta.url));
  await promisify(execFile)(process.execPath, [command, verb], { env });
}

/** The entries of the audit log that wait in the outbox, oldest first. */
async function logged() {
  const rows = await db('outbox')
    .where({ family: 'log' })
    .orderBy('sequence')
    .select('id', 'subject', 'payload');
  return rows.flatMap(eventsOf).map(({ payload }) => JSON.parse(payload));
}

const COMMANDS = [
  ['people/dead-letters-command.ts', 'discard', 'dead-letters discard'],
  ['outbox-command.ts', 'retry', 'outbox retry'],
  ['outbox-command.ts', 'discard', 'outbox discard'],
] as const;

for (const [file, verb, command] of COMMANDS) {
  test.serial(`"${command}" is an entry of the audit log, before it changes anything`, async (t) => {
    await db('outbox').delete();
    const letter = {
      stream: 'USERS',
      sequence: 7,
      subject: 'users.x',
      message_id: 'm',
      reason: 'unreadable',
    };
    await db('dead_letters').insert({ ...letter, digest: Buffer.alloc(32), payload: '{}' });
    const refused = { id: 'r', sequence: 1, subject: 'mail.x', payload: '{}', reason: 'too large' };
    await db('outbox_dead_letters').insert(refused);
    const table = file.startsWith('outbox') ? 'outbox_dead_letters' : 'dead_letters';
    await db.raw(`CREATE TRIGGER stays BEFORE DELETE ON ${table} FOR EACH ROW
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'it stays'`);
    await t.throwsAsync(run(file, verb), { message: /it stays/ });
    const [entry, ...more] = await logged();
    t.like(entry, {
      service: 'accounts',
      action: 'ADMIN_COMMAND',
      level: 'WARNING',
      actor: null,
      data: { command, count: 1, host: hostname() },
    });
    t.is(typeof entry.data.operator, 'string');
    t.deepEqual(more, []);
    await db.raw('DROP TRIGGER stays');
    await db('dead_letters').delete();
    await db('outbox_dead_letters').delete();
  });
}
