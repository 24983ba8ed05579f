import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { buildEvent, MIGRATIONS } from '../fixtures.ts';
import { storeEvents } from '../intake/store-events.ts';

test('the command prints whether the log is intact, and its exit status says so too', async (t) => {
  const { db, settings, drop } = await testDatabase({ migrations: MIGRATIONS, pool: 2 });
  t.teardown(drop);
  await storeEvents(db, [buildEvent(), buildEvent()]);

  async function verify(environment: Record<string, unknown> = {}) {
    const given = Object.entries({ ...settings, ...environment }).map(([name, value]) => [
      name,
      String(value),
    ]);
    const command = spawn(process.execPath, [fileURLToPath(new URL('command.ts', import.meta.url))], {
      env: { ...process.env, ...Object.fromEntries(given) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    command.stdout.on('data', (chunk) => (output += chunk));
    command.stderr.on('data', (chunk) => (output += chunk));
    const [status] = await once(command, 'close');
    return { status, output };
  }

  t.like(await verify(), { status: 0 });
  await db.raw('DROP TRIGGER log_entries_no_update');
  await db.raw("UPDATE log_entries SET message = 'x' WHERE sequence = 2");
  const broken = await verify();
  t.is(broken.status, 1);
  t.regex(broken.output, /broken at sequence 2/);
  t.is((await verify({ DATABASE_PORT: 1 })).status, 2);
});
