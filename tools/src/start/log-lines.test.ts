import test from 'ava';
import { printable, readLine, wantsColour } from './log-lines.ts';

const pino = (fields: object) =>
  JSON.stringify({ level: 'info', time: '2026-11-22T10:00:00.000Z', service: 'auth', ...fields });

test('a pino line is shown as its message and the relevant fields', (t) => {
  t.deepEqual(readLine('auth', pino({ msg: 'signed in', user: 'amelie.laurent', correlation_id: null })), {
    level: 'info',
    text: 'signed in  user=amelie.laurent',
  });
  t.deepEqual(
    readLine(
      'auth',
      pino({
        level: 'error',
        msg: 'lost',
        err: { message: 'no way', error_code: 'ECONNREFUSED', stack: '…' },
      }),
    ),
    { level: 'error', text: 'lost  err="no way" (ECONNREFUSED)' },
  );
});

test('the trace of a line is shown after its other fields, however long they are', (t) => {
  const trace_id = '4bf92f3577b34da6a3ce929d0e0e4736';
  const line = readLine(
    'auth',
    pino({ msg: 'm', trace_id, span_id: '00f067aa0ba902b7', blob: 'x'.repeat(5_000) }),
  );
  t.true(line?.text.endsWith(`  trace_id=${trace_id}`));
  t.false(line?.text.includes('span_id'));
});

test('long fields are truncated to keep one line', (t) => {
  const line = readLine('auth', pino({ msg: 'm', blob: 'x'.repeat(5_000) }));
  t.true((line?.text.length ?? 0) < 200);
});

test('text that is not JSON is shown unchanged; on stderr it is an error', (t) => {
  t.deepEqual(readLine('auth', 'Error: boom', 'stderr'), { level: 'error', text: 'Error: boom' });
  t.deepEqual(readLine('mail', '{not json'), { level: 'info', text: '{not json' });
  t.is(readLine('auth', '   '), null);
});

test('only warnings and errors of the servers are shown, without the ones that always appear', (t) => {
  t.is(readLine('database', '2026-11-22 10:00:00 0 [Note] ready for connections.'), null);
  t.is(
    readLine('database', '2026-11-22 10:00:00 0 [Warning] Could not increase number of max_open_files'),
    null,
  );
  t.deepEqual(readLine('database', '2026-11-22 10:00:00 0 [ERROR] Disk full'), {
    level: 'error',
    text: 'Disk full',
  });
  t.is(readLine('nats', '[1] 2026/11/22 10:00:00.000000 [INF] Server is ready'), null);
  t.is(readLine('nats-2', '[1] 2026/11/22 10:00:00.000000 [INF] Server is ready'), null);
  t.deepEqual(readLine('nats', '[1] 2026/11/22 10:00:00.000000 [ERR] no space'), {
    level: 'error',
    text: 'no space',
  });
});

test('printed lines contain the time and the process, and colour only if it is enabled', (t) => {
  const now = new Date(2026, 10, 22, 9, 5, 7);
  const line = { level: 'warn' as const, text: 'hm' };
  t.is(printable('auth', line, { colour: false, now }), '09:05:07 auth     WARN hm');
  t.regex(
    printable('auth', line, { colour: true, now }),
    new RegExp(`${String.fromCharCode(27)}\\[33mWARN hm`),
  );
});

test('colour needs a terminal, and NO_COLOR turns it off', (t) => {
  t.true(wantsColour({ isTTY: true }, {}));
  t.false(wantsColour({ isTTY: true }, { NO_COLOR: '1' }));
  t.false(wantsColour({}, {}));
});
