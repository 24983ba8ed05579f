import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '@guichet/log';
import { defaultRegistry } from '@guichet/metrics';
import { eventually } from '@guichet/testing';
import test from 'ava';
import { startFrontend } from './testing/start-frontend.ts';

test('a client that disconnects while sending a form or an API request is not logged as an error', async (t) => {
  const lines: string[] = [];
  const log = createLog({ service: 'frontend', level: 'debug' }, { write: (line) => void lines.push(line) });
  const frontend = await startFrontend({ log });
  t.teardown(() => frontend.close());
  const { port } = new URL(frontend.url);
  const paths = ['/login', '/api/auth/login'];
  for (const path of paths) {
    for (const leave of ['resetAndDestroy', 'destroy', 'end'] as const) {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      const type = path === '/login' ? 'application/x-www-form-urlencoded' : 'application/json';
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 500\r\n\r\n{"user`,
      );
      await sleep(50);
      socket[leave]();
    }
  }
  const finished = () => lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');
  await eventually(() => finished().length === 6);
  t.deepEqual([...new Set(finished().map(({ status }) => status))], [499]);
  await sleep(50);
  t.deepEqual(
    lines.filter((line) => ['warn', 'error', 'fatal'].includes(JSON.parse(line).level)),
    [],
  );
  t.regex(await defaultRegistry.metrics(), /http_request_duration_seconds_count\{.*status="499"/);
});
