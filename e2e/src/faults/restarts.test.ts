import test from 'ava';
import { pidsOf, restartsSince } from './restarts.ts';

const at = (pids: Record<string, number>) => pidsOf({ pid: (name: string) => pids[name] ?? 1 });

test('a service with another process than before ended by itself, unless it was killed', (t) => {
  const before = at({ mailer: 10, auth: 20 });
  t.deepEqual(restartsSince(before, before, { fault: 'kill', target: 'nats-2' }, 3), []);
  const after = at({ mailer: 11, auth: 20 });
  const found = [{ kind: 'restarted', phase: 3, text: 'mailer ended by itself' } as const];
  t.deepEqual(restartsSince(before, after, { fault: 'kill', target: 'nats-2' }, 3), found);
  t.deepEqual(restartsSince(before, after, { fault: 'freeze', target: 'mailer' }, 3), found);
  t.deepEqual(restartsSince(before, after, { fault: 'kill', target: 'mailer' }, 3), []);
  const both = at({ mailer: 11, auth: 21 });
  t.deepEqual(restartsSince(before, both, { fault: 'kill', target: 'auth' }, 3), found);
});
