import test from 'ava';
import { retryOnDuplicateKey, retryTransaction } from './retry.ts';

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

const one = { mayMove: false, recover: async () => undefined };
const lost = (more = {}) =>
  Object.assign(new Error('Connection lost'), { code: 'ECONNRESET', fatal: true, ...more });
const readOnly = Object.assign(new Error('read only'), { errno: 1290 });

/** Several servers, and how often another writer was looked for. */
function several() {
  const recovery = {
    mayMove: true,
    searches: 0,
    async recover() {
      recovery.searches += 1;
    },
  };
  return recovery;
}

test('deadlocks are retried, duplicate keys are not', async (t) => {
  t.is(await retryTransaction(one, failing(deadlock, deadlock), { attempts: 3 }), 3);
  await t.throwsAsync(retryTransaction(one, failing(deadlock, deadlock), { attempts: 2 }), {
    message: 'Deadlock found',
  });
  await t.throwsAsync(retryTransaction(one, failing(duplicate('PRIMARY')), { attempts: 3 }));
});

test('with several servers, a lost writer is looked for and the transaction run again, however often', async (t) => {
  const servers = several();
  const work = failing(lost(), readOnly, lost(), lost());
  t.is(await retryTransaction(servers, work, { attempts: 2 }), 5);
  t.is(servers.searches, 4);
});

test('with one server, a lost connection is the caller’s error at once', async (t) => {
  await t.throwsAsync(retryTransaction(one, failing(lost()), { attempts: 8 }), {
    message: 'Connection lost',
  });
  await t.throwsAsync(retryTransaction(one, failing(readOnly), { attempts: 8 }), { message: 'read only' });
});

test('a commit whose answer was lost is not sent again, unless the work finds by a key what it has done', async (t) => {
  const unknown = lost({ isOutcomeUnknown: true });
  const work = failing(unknown);
  t.is(await t.throwsAsync(retryTransaction(several(), work, { attempts: 8 })), unknown);
  t.is(await retryTransaction(several(), failing(unknown), { attempts: 8, isRepeatable: true }), 2);
});

test('with several servers, collisions go on until the deadline: they are many while processes change to another node', async (t) => {
  const many = Array.from({ length: 12 }, () => deadlock);
  t.is(await retryTransaction(several(), failing(...many), { attempts: 3 }), 13);
});
