import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { Dispatcher } from 'undici';
import { QueueFull } from './bounded-queue.ts';
import { repeatLost } from './repeat-lost.ts';

const lost = (): Error => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

/** Sends a read of which each attempt fails after `failsAfterMs`. @returns the time that each attempt was given */
async function limitsOf(
  failsAfterMs: number,
  headersTimeout?: number,
  error = lost(),
): Promise<(number | null | undefined)[]> {
  const limits: (number | null | undefined)[] = [];
  const dispatch: Dispatcher.Dispatch = (options, handler) => {
    limits.push(options.headersTimeout);
    const fail = () => handler.onResponseError?.(null as unknown as Dispatcher.DispatchController, error);
    void sleep(failsAfterMs).then(fail);
    return true;
  };
  const send = repeatLost({ keyed: false, withinMs: 60_000 })(dispatch);
  const options = {
    path: '/',
    method: 'GET' as const,
    ...(headersTimeout === undefined ? {} : { headersTimeout }),
  };
  await new Promise<void>((resolve) => {
    send(options, { onRequestStart() {}, onResponseError: () => resolve() });
  });
  return limits;
}

test('a repetition gets only the time that earlier attempts left', async (t) => {
  const [first, ...repeated] = await limitsOf(50, 60_000);
  t.is(first, 60_000);
  t.is(repeated.length, 3);
  const most = [60_000 - 70, 60_000 - 320, 60_000 - 870];
  repeated.forEach((limit, index) => {
    t.true(Number(limit) <= (most[index] ?? 0) + 10, `${limit}`);
  });
});

test('a request without a limit of its own is repeated within that of its connections', async (t) => {
  const [first, ...repeated] = await limitsOf(1);
  t.is(first, undefined);
  t.is(repeated.length, 3);
  for (const limit of repeated) t.true(Number(limit) <= 60_000 - 20);
});

test('nothing is repeated once the time of the request is over', async (t) => {
  t.is((await limitsOf(100, 80)).length, 1);
  // A pause of 20 ms is still possible, one of 200 ms no longer.
  t.true((await limitsOf(10, 150)).length <= 2);
});

test('only a lost connection is a reason to repeat', async (t) => {
  const slow = Object.assign(new Error('Headers Timeout Error'), { code: 'UND_ERR_HEADERS_TIMEOUT' });
  const unreachable = Object.assign(new Error('Connect Timeout Error'), { code: 'UND_ERR_CONNECT_TIMEOUT' });
  for (const error of [slow, unreachable, new QueueFull('the queue is full')])
    t.is((await limitsOf(1, 60_000, error)).length, 1, error.message);
});
