import test from 'ava';
import { openTestAuth } from '../fixtures.ts';
import { createFirstSuperuser } from './create-first-superuser.ts';

const given = { username: 'root-of-all', email: 'root@example.org', password: null };

test('when two replicas start at the same time, one creates the superuser, with a password that works', async (t) => {
  const auth = await openTestAuth();
  const made = await Promise.all([1, 2, 3].map(() => createFirstSuperuser(auth.deps, given)));
  const [superuser, ...others] = made.filter((one) => one !== null);
  t.deepEqual(others, []);
  t.regex(superuser?.generatedPassword ?? '', /^[a-z2-9]{5}(-[a-z2-9]{5}){4}$/);
  const login = await auth.api.post('/api/auth/login', {
    username: 'root-of-all',
    password: superuser?.generatedPassword,
  });
  t.like(login.body.user, { role: 'superuser', status: 'active' });
  t.is(login.body.scope, 'profile users:manage agents:manage products:manage logs:read');
  t.is(await createFirstSuperuser(auth.deps, { ...given, username: 'another' }), null);
  const written = await auth.database.db('outbox').select('payload');
  t.false(JSON.stringify(written).includes(superuser?.generatedPassword ?? ''));
  await auth.close();
});

test('a configured password is used, never shown, and must follow the rules', async (t) => {
  const auth = await openTestAuth();
  await t.throwsAsync(createFirstSuperuser(auth.deps, { ...given, password: 'password1234' }), {
    message: /SUPERUSER_PASSWORD must/,
  });
  const made = await createFirstSuperuser(auth.deps, { ...given, password: 'a lighthouse in fog' });
  t.deepEqual(made, { username: 'root-of-all', generatedPassword: null });
  await auth.close();
});

test('a taken username is reported in one sentence', async (t) => {
  const auth = await openTestAuth();
  await auth.user({ username: 'root-of-all' });
  await t.throwsAsync(createFirstSuperuser(auth.deps, given), { message: /isn’t a superuser/ });
  await auth.close();
});
