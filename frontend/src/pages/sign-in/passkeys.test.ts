import test, { type ExecutionContext } from 'ava';
import { tokensFor } from '../../testing/answers/signed-out.ts';
import { Browser, hiddenFields, locationOf } from '../../testing/browser.ts';
import { buildUser, fakeId } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const json = { accept: 'application/json' };
const CREDENTIAL = {
  id: 'AAAA',
  rawId: 'AAAA',
  type: 'public-key',
  clientExtensionResults: {},
  response: {},
};
const SIGNED = { challenge_id: fakeId(14, 1), credential: JSON.stringify(CREDENTIAL) };
const TICKET = 'the-ticket-of-this-sign-in';

async function start(t: ExecutionContext) {
  const frontend = await startFrontend();
  t.teardown(() => frontend.close());
  const { bank } = frontend;
  const browser = new Browser(frontend.url);
  const accepted = () =>
    bank.answerNext('POST', '/api/auth/login/passkey', {
      status: 200,
      body: tokensFor(buildUser('alice', 'member')),
    });
  const refused = (status: number, code: string) =>
    bank.answerNext('POST', '/api/auth/login/passkey', { status, body: problem(status, code) });
  const sent = (path: string) => bank.requests.filter((one) => one.path === path).map(({ body }) => body);
  /** The hidden fields of the sign-in page's form. */
  const fields = async (path = '/login') => hiddenFields((await browser.get(path)).html, '/login');
  /** The second step of a user with these second factors; `at` is an address on its page. */
  const secondStep = async (methods: string[]) => {
    const body = { ...problem(401, 'totp_required'), sign_in: TICKET, methods };
    bank.answerNext('POST', '/api/auth/login', { status: 401, body });
    const asked = await browser.submit(
      '/login',
      { username: 'alice', password: 'correct horse battery', keep: 'yes' },
      '/login?next=/operations',
    );
    const path = locationOf(asked);
    const { html } = await browser.get(path);
    const at = (attribute: string): string =>
      (new RegExp(`${attribute}="([^"]+)"`).exec(html)?.[1] ?? '').replaceAll('&amp;', '&');
    return { path, html, at };
  };
  return { ...frontend, browser, accepted, refused, sent, fields, secondStep };
}

test('the sign-in page offers passkeys, by a button and in the autofill of the username', async (t) => {
  const { browser } = await start(t);
  const { html } = await browser.get('/login');
  t.regex(html, /name="username"[^>]*autocomplete="username webauthn"/);
  t.regex(html, /<button[^>]*data-passkey="get"[^>]*data-send-to="\/login\/passkey"[^>]*data-autofill/);
});

test('a passkey alone signs in, and leads to the page that was asked for', async (t) => {
  const { browser, accepted, sent, fields } = await start(t);
  const form = await fields('/login?next=/operations');
  const asked = await browser.post('/login/passkey/options', form, json);
  t.like(JSON.parse(asked.html), { challenge_id: fakeId(14, 1), options: { userVerification: 'required' } });
  t.deepEqual(sent('/api/auth/login/passkey/options'), [{ sign_in: null }]);
  accepted();
  const signedIn = await browser.post('/login/passkey', { ...form, ...SIGNED });
  t.is(signedIn.status, 303);
  t.is(locationOf(signedIn), '/operations');
  t.deepEqual(sent('/api/auth/login/passkey'), [
    { challenge_id: SIGNED.challenge_id, credential: CREDENTIAL },
  ]);
  t.is((await browser.get('/dashboard')).status, 200);
});

test('a passkey that auth refuses leads back to sign-in with what was typed, and none of it is a secret', async (t) => {
  const { browser, refused, fields } = await start(t);
  for (const [status, code, text] of [
    [401, 'invalid_credentials', /This passkey couldn’t be verified/],
    [400, 'invalid_request', /This passkey couldn’t be verified/],
    [403, 'account_pending', /role="alert"/],
    [429, 'too_many_requests', /role="alert"/],
  ] as const) {
    refused(status, code);
    const form = { ...(await fields()), username: 'alice', password: 'typed', ...SIGNED };
    const shown = await browser.post('/login/passkey', form);
    t.regex(locationOf(shown), /^\/login\?draft=[\w-]{12}#error-summary$/);
    const { html } = await browser.follow(shown);
    t.regex(html, text, code);
    t.regex(html, /name="username"[^>]*value="alice"/);
    t.notRegex(html, /AAAA|typed/);
  }
});

test('a form without a signature, or without the CSRF token, signs no one in', async (t) => {
  const { browser, sent, fields } = await start(t);
  for (const credential of ['', '[', '7'])
    t.regex(
      locationOf(await browser.post('/login/passkey', { ...(await fields()), credential })),
      /^\/login\?/,
    );
  for (const path of ['/login/passkey', '/login/passkey/options'])
    t.is((await browser.post(path, SIGNED, json)).status, 403);
  t.deepEqual(sent('/api/auth/login/passkey'), []);
  t.deepEqual(sent('/api/auth/login/passkey/options'), []);
});

test('a passkey is the second step, for the sign-in that waits for it, and the choice to stay survives it', async (t) => {
  const { browser, accepted, sent, secondStep } = await start(t);
  const { html, at, path } = await secondStep(['totp', 'passkey', 'recovery_code']);
  t.regex(html, /name="totp"/);
  const form = hiddenFields(html, '/login/code');
  t.is((await browser.post(at('data-options'), form, json)).status, 200);
  t.deepEqual(sent('/api/auth/login/passkey/options'), [{ sign_in: TICKET }]);
  accepted();
  const signedIn = await browser.post(at('data-send-to'), { ...form, ...SIGNED });
  t.is(locationOf(signedIn), '/operations');
  t.deepEqual(JSON.parse((await browser.get('/session')).html), { idle_in_ms: null });
  t.is((await browser.get(path)).status, 303);
});

test('a user who has only passkeys is asked for one, or for a recovery code', async (t) => {
  const { browser, refused, secondStep } = await start(t);
  const { html, at } = await secondStep(['passkey', 'recovery_code']);
  t.notRegex(html, /name="totp"/);
  t.regex(html, /Use your passkey/);
  t.regex(html, /<noscript>[^<]*<p[^>]*>Passkeys need JavaScript/);
  const recovery = /href="([^"]*with=recovery_code[^"]*)"/.exec(html)?.[1] ?? '';
  const other = await browser.get(recovery.replaceAll('&amp;', '&'));
  t.regex(other.html, /name="totp"/);
  t.notRegex(other.html, /data-passkey=/);
  refused(401, 'invalid_credentials');
  const shown = await browser.post(at('data-send-to'), { ...hiddenFields(html, '/login/code'), ...SIGNED });
  t.regex(locationOf(shown), /^\/login\/code\?sign_in=[\w-]{12}&next=%2Foperations&keep=yes&draft=/);
  t.regex((await browser.follow(shown)).html, /This passkey couldn’t be verified/);
});

test('when auth no longer waits, the script is told so, and the form leads to the start', async (t) => {
  const { browser, fields } = await start(t);
  const form = await fields();
  const asked = await browser.post('/login/code/passkey/options?sign_in=AAAAAAAAAAAA', form, json);
  t.is(asked.status, 401);
  t.like(JSON.parse(asked.html), { code: 'invalid_sign_in' });
  const late = await browser.post('/login/code/passkey?sign_in=AAAAAAAAAAAA', { ...form, ...SIGNED });
  t.is(locationOf(late), '/login');
});
