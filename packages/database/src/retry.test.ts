import test from 'ava';
import { retryOnDeadlock, retryOnDuplicateKey } from './retry.ts';

const duplicate = (key: string) =>
  Object.assign(new Error(`Duplicate entry 'x' for key '${key}'`), { errno: 1062 });
const deadlock = Object.assign(new Error('Deadlock found'), { errno: 1213 });

/** Fails with each of the errors, then returns the number of calls. */
function failing(...errors: Error[]) {
  let calls = 0;
  return async () => {
    calls += 1;
    const error = errors.shift();
    if (error !== undefined) throw error;
    return calls;
  };
}

test('work that fails with a duplicate key runs again, at most three times', async (t) => {
  t.is(await retryOnDuplicateKey(failing(duplicate('PRIMARY'), duplicate('other'))), 3);
  const fourth = failing(...[1, 2, 3].map(() => duplicate('PRIMARY')));
  await t.throwsAsync(retryOnDuplicateKey(fourth), { message: /Duplicate entry/ });
  t.is(await fourth(), 4);
});

test('it does not run again for a key other than the given one, nor for another error', async (t) => {
  await t.throwsAsync(retryOnDuplicateKey(failing(duplicate('users_email')), { keyName: 'PRIMARY' }));
  t.is(await retryOnDuplicateKey(failing(duplicate('ribs.PRIMARY')), { keyName: 'PRIMARY' }), 2);
  await t.throwsAsync(retryOnDuplicateKey(failing(deadlock)), { message: 'Deadlock found' });
});

test('deadlocks are retried, duplicate keys are not', async (t) => {
  t.is(await retryOnDeadlock(failing(deadlock, deadlock), 3), 3);
  await t.throwsAsync(retryOnDeadlock(failing(deadlock, deadlock), 2), { message: 'Deadlock found' });
  await t.throwsAsync(retryOnDeadlock(failing(duplicate('PRIMARY')), 3));
});
