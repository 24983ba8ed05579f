import type { ExecutionContext } from 'ava';
import { hiddenFields, locationOf } from '../../testing/browser.ts';
import { fakeId } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { type SignedIn, testSignedInAs } from '../../testing/signed-in.ts';

const test = testSignedInAs('alice');

const CREDENTIAL = {
  id: 'AAAA',
  rawId: 'AAAA',
  type: 'public-key',
  clientExtensionResults: {},
  response: {},
};
const json = { accept: 'application/json' };
type Context = ExecutionContext<SignedIn>;

/** Sends what a script sends from the page that adds a passkey. */
async function send({ context: { browser } }: Context, path: string, fields: Record<string, string>) {
  const { html } = await browser.get('/security/passkeys/new');
  return browser.post(path, { ...hiddenFields(html, '/security/passkeys'), ...fields }, json);
}

const sent = ({ context: { bank } }: Context, method: string, path: string) =>
  bank.requests.filter((one) => one.method === method && one.path === path).map(({ body }) => body);

test('passkeys are listed with when they were added and last used', async (t) => {
  const { html } = await t.context.browser.get('/security');
  const [, list = ''] = html.split('id="passkeys"');
  t.regex(list, /Safari, iPhone[\s\S]*?added [\s\S]*?last used [\s\S]*?blue security key[\s\S]*?never used/);
  t.regex(list, new RegExp(`href="/security/passkeys/${fakeId(13, 1)}/remove"`));
});

test('the page that adds one suggests a name for this browser, and says that it needs scripts', async (t) => {
  const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36';
  const { html } = await t.context.browser.get('/security/passkeys/new', { 'user-agent': chrome });
  t.regex(html, /name="name"[^>]*value="Chrome, Linux"/);
  t.regex(html, /<noscript>[^<]*<p[^>]*>Passkeys need JavaScript/);
  t.notRegex(html, /<button[^>]*type="submit"[^>]*>\s*Create/);
});

test('the password comes first, and a wrong one is a text for the script', async (t) => {
  const { bank } = t.context;
  const asked = await send(t, '/security/passkeys/options', { password: 'correct horse battery' });
  t.is(asked.status, 200);
  t.like(JSON.parse(asked.html), { options: { authenticatorSelection: { userVerification: 'required' } } });
  t.deepEqual(sent(t, 'POST', '/api/auth/passkeys/options'), [{ password: 'correct horse battery' }]);
  const path = '/api/auth/passkeys/options';
  bank.answerNext('POST', path, { status: 403, body: problem(403, 'wrong_password') });
  const refused = await send(t, '/security/passkeys/options', { password: 'wrong' });
  t.is(refused.status, 403);
  t.like(JSON.parse(refused.html), { code: 'wrong_password' });
  t.regex(JSON.parse(refused.html).text, /password/i);
});

test('the form adds it, and the first second factor leads to recovery codes', async (t) => {
  const { browser, bank } = t.context;
  const fields = { name: 'My phone', credential: JSON.stringify(CREDENTIAL), password: '' };
  const added = await send(t, '/security/passkeys', fields);
  t.is(added.status, 303);
  t.regex(locationOf(added), /^\/security\/recovery-codes\?shown=[\w-]{12}$/);
  t.deepEqual(sent(t, 'POST', '/api/auth/passkeys'), [{ name: 'My phone', credential: CREDENTIAL }]);
  t.regex((await browser.follow(added)).html, /Passkey added\.[\s\S]*k7m20-q9xw0/);
  const view = { id: fakeId(13, 9), name: 'x', created_at: '2026-11-29T10:00:00.000Z', last_used_at: null };
  bank.answerNext('POST', '/api/auth/passkeys', { status: 201, body: { ...view, recovery_codes: null } });
  t.is(locationOf(await send(t, '/security/passkeys', fields)), '/security');
});

test('what can’t be a passkey is refused, and the name is kept but not the credential', async (t) => {
  const { browser, bank } = t.context;
  for (const credential of ['', 'null', '[', '"text"']) {
    const refused = await send(t, '/security/passkeys', { name: 'My phone', credential });
    t.regex(locationOf(refused), /^\/security\/passkeys\/new\?draft=/, credential);
  }
  t.deepEqual(sent(t, 'POST', '/api/auth/passkeys'), []);
  bank.answerNext('POST', '/api/auth/passkeys', { status: 422, body: problem(422, 'invalid_passkey') });
  const credential = JSON.stringify({ ...CREDENTIAL, id: 'only-once' });
  const shown = await browser.follow(await send(t, '/security/passkeys', { name: 'My phone', credential }));
  t.regex(shown.html, /This passkey couldn’t be verified/);
  t.regex(shown.html, /value="My phone"/);
  t.notRegex(shown.html, /only-once/);
});

test('one is removed with the password, without scripts', async (t) => {
  const { browser, bank } = t.context;
  const path = `/security/passkeys/${fakeId(13, 1)}/remove`;
  t.regex((await browser.get(path)).html, /data-removes-credential="Ymx1ZS1rZXk"[\s\S]*blue security key/);
  const empty = await browser.submitRefused(path, { password: '' });
  t.regex(empty.html, /<title>Error:/);
  bank.answerNext('DELETE', `/api/auth/passkeys/${fakeId(13, 1)}`, {
    status: 403,
    body: problem(403, 'wrong_password'),
  });
  const wrong = await browser.submitRefused(path, { password: 'wrong' });
  t.regex(wrong.html, /id="f-password-error"/);
  t.notRegex(wrong.html, /value="wrong"/);
  const removed = await browser.submit(path, { password: 'correct horse battery' });
  t.is(locationOf(removed), '/security');
  const { html } = await browser.get('/security');
  t.regex(html, /Passkey removed/);
  t.regex(
    html,
    /data-passkey-removed[\s\S]*data-credential="c2FmYXJp"/,
    'for the script that notifies the device',
  );
  t.notRegex((await browser.get('/security')).html, /data-passkey-removed/);
  t.is((await browser.get(`/security/passkeys/${fakeId(13, 7)}/remove`)).status, 404);
});

test('a script whose session has ended is told so', async (t) => {
  const { browser, bank } = t.context;
  const { html } = await browser.get('/security/passkeys/new');
  const unauthenticated = { status: 401, body: problem(401, 'unauthenticated') };
  bank.answerNext('POST', '/api/auth/passkeys/options', unauthenticated);
  bank.answerNext('POST', '/api/auth/refresh', { status: 401, body: problem(401, 'invalid_refresh_token') });
  const path = '/security/passkeys/options';
  const asked = await browser.post(
    path,
    { ...hiddenFields(html, '/security/passkeys'), password: 'x' },
    json,
  );
  t.is(asked.status, 401);
});
