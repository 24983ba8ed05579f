import test from 'ava';
import { shareWork } from './share-work.ts';

/** Work that ends when the test says so, or when it is aborted. */
function controlled() {
  const started: { signal: AbortSignal; finish: (result: string) => void }[] = [];
  const join = shareWork<string>(
    (signal) =>
      new Promise((resolve, reject) => {
        started.push({ signal, finish: resolve });
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  );
  return { started, join };
}

test('callers share the work until it is done, and the next one starts it again', async (t) => {
  const { started, join } = controlled();
  const both = [join(new AbortController().signal), join(new AbortController().signal)];
  t.is(started.length, 1);
  started[0]?.finish('done');
  t.deepEqual(await Promise.all(both), ['done', 'done']);
  const third = join(new AbortController().signal);
  started[1]?.finish('again');
  t.is(await third, 'again');
});

test('the work goes on while one caller waits, and is aborted when all have left', async (t) => {
  const { started, join } = controlled();
  const [first, second] = [new AbortController(), new AbortController()];
  const results = [join(first.signal), join(second.signal)];
  first.abort(new Error('the first left'));
  t.false(started[0]?.signal.aborted);
  second.abort(new Error('the second left'));
  for (const result of results) await t.throwsAsync(result, { message: 'the second left' });
  // Work that was aborted is shared with no one.
  const next = join(new AbortController().signal);
  t.is(started.length, 2);
  started[1]?.finish('done');
  t.is(await next, 'done');
});

test('a caller who left before does not start it', (t) => {
  const { started, join } = controlled();
  t.throws(() => join(AbortSignal.abort(new Error('left'))), { message: 'left' });
  t.is(started.length, 0);
});
