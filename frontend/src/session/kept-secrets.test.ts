import test from 'ava';
import type { PageContext } from '../request-context.ts';
import { cookieContext } from '../testing/cookie-context.ts';
import { keptSecrets } from './kept-secrets.ts';

const settings = {
  PUBLIC_URL: 'http://localhost',
  SESSION_SECRET: ['a secret that is long enough for sealing'] as [string, ...string[]],
};
const secrets = keptSecrets(settings, { purpose: 'link', ttlSeconds: 3600 });

function request(csrf: string, cookie = '') {
  const { ctx, setCookies } = cookieContext(cookie);
  ctx.state = { session: { csrf } };
  return { ctx: ctx as PageContext, cookie: () => setCookies()[0]?.split(';')[0] };
}

test('a secret is found by its id, on its page and in its session', async (t) => {
  const { ctx, cookie } = request('session-1');
  const id = await secrets.keep(ctx, 'recover', 'the secret');
  const find = (csrf: string, page: string, given: string) =>
    secrets.find(request(csrf, cookie()).ctx, page, given);
  t.is(await find('session-1', 'recover', id), 'the secret');
  t.is(await find('session-2', 'recover', id), null);
  t.is(await find('session-1', 'confirm-email', id), null);
  t.is(await find('session-1', 'recover', 'AAAAAAAAAAAA'), null);
});

test('a secret that is too large for a cookie is an error, not a lost secret', async (t) => {
  const { ctx } = request('session-1');
  await t.throwsAsync(secrets.keep(ctx, 'recover', 'x'.repeat(4_000)), { message: /too large/ });
});
