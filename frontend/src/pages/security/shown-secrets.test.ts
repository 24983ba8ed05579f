import test, { type ExecutionContext } from 'ava';
import { addressOf, Browser, type PageResponse } from '../../testing/browser.ts';
import { problem } from '../../testing/messages.ts';
import { signedIn } from '../../testing/signed-in.ts';

const PASSWORD = 'correct horse battery';
const KEY = 'JBSWY3DPEHPK3PXP';
const NEW_TOKEN = { name: 'ci', scope: 'profile', expires_in_days: '30', password: PASSWORD };

async function openSecurity(t: ExecutionContext) {
  const { frontend, bank, browser } = await signedIn(t);
  const count = (method: string, path: string) =>
    bank.requests.filter((one) => one.method === method && one.path === path).length;
  const startTotp = () => browser.submit('/security/totp', { password: PASSWORD }, '/security');
  return { url: frontend.url, bank, browser, count, startTotp };
}

const actionOf = ({ html }: PageResponse, path: string) =>
  new RegExp(`action="(${path}\\?shown=[^"]+)"`).exec(html)?.[1] ?? '';
/** The token that the fake bank creates. */
const TOKEN = /<p class="code">([^<]+)<\/p>/;

test('creating a token leads to an address that shows it: a reload shows it again and creates no other', async (t) => {
  const { browser, count } = await openSecurity(t);
  const created = await browser.submit('/security/tokens', NEW_TOKEN);
  t.is(created.status, 303);
  const path = addressOf(created);
  t.regex(path, /^\/security\/tokens\?shown=[\w-]{12}$/);
  const shown = await browser.get(path);
  const [, token = ''] = TOKEN.exec(shown.html) ?? [];
  t.not(token, '');
  t.is(shown.headers['cache-control'], 'no-store');
  t.regex((await browser.get(path)).html, TOKEN, 'a reload');
  t.is(count('POST', '/api/auth/tokens'), 1);
  t.notRegex((await browser.get('/security/tokens')).html, TOKEN, 'only at its own address');
  for (const value of browser.cookies.values()) t.false(value.includes(token));
  const forget = actionOf(shown, '/security/shown/forget');
  t.is((await browser.submit(forget, {}, path)).headers.location, '/security/tokens');
  t.notRegex((await browser.get(path)).html, TOKEN, 'after “I’ve copied it”');
});

test('a new secret can be seen only in the session and the browser that it was made in', async (t) => {
  const { browser, url } = await openSecurity(t);
  const path = addressOf(await browser.submit('/security/tokens', NEW_TOKEN));
  const cookie = [...browser.cookies].find(([name]) => name.includes('-shown-'));
  t.truthy(cookie);
  const other = new Browser(url);
  await other.signIn('alice');
  t.notRegex((await other.get(path)).html, TOKEN, 'another browser');
  if (cookie !== undefined) other.cookies.set(...cookie);
  t.notRegex((await other.get(path)).html, TOKEN, 'with a stolen cookie');
  await browser.submit('/logout', {}, '/security');
  t.is((await browser.get(path)).status, 303, 'signed out');
  await browser.signIn('alice');
  if (cookie !== undefined) browser.cookies.set(...cookie);
  t.notRegex((await browser.get(path)).html, TOKEN, 'Back after signing in again');
});

test('the key of a second factor has an address too, and a wrong code leaves it on the page', async (t) => {
  const { browser, bank, count, startTotp } = await openSecurity(t);
  const path = addressOf(await startTotp());
  t.regex(path, /^\/security\/totp\?shown=/);
  const page = await browser.get(path);
  t.true(page.html.includes(KEY));
  t.true((await browser.get(path)).html.includes(KEY), 'a reload');
  t.is(count('POST', '/api/auth/totp'), 1);
  t.notRegex(page.html, /name="(?:secret|uri)"/, 'no form sends it back');
  bank.answerNext('POST', '/api/auth/totp/confirm', { status: 422, body: problem(422, 'invalid_totp') });
  const confirm = actionOf(page, '/security/totp/confirm');
  const wrong = await browser.submit(confirm, { code: '135790' }, path);
  t.is(wrong.status, 303);
  const again = await browser.get(addressOf(wrong));
  t.regex(again.html, /id="error-summary"[\s\S]*href="#f-code"/);
  t.true(again.html.includes(KEY));
  t.notRegex(again.html, /135790/, 'the code is not kept');
});

test('recovery codes are shown at an address of their own, and its form is sent once', async (t) => {
  const { browser, bank, count, startTotp } = await openSecurity(t);
  const path = addressOf(await startTotp());
  const confirm = actionOf(await browser.get(path), '/security/totp/confirm');
  bank.answerNext('POST', '/api/auth/totp/confirm', { status: 200, body: { recovery_codes: ['aaaa-bbbb'] } });
  const confirmed = await browser.submit(confirm, { code: '123456' }, path);
  const codes = addressOf(confirmed);
  t.regex(codes, /^\/security\/recovery-codes\?shown=/);
  t.regex((await browser.get(codes)).html, /aaaa-bbbb/);
  t.regex((await browser.get(codes)).html, /aaaa-bbbb/, 'a reload');
  t.is(count('POST', '/api/auth/totp/confirm'), 1);
  t.is((await browser.get(path)).headers.location, '/security', 'the key is no longer shown');
  t.notRegex((await browser.get(codes.replace('/security/recovery-codes', '/security/tokens'))).html, TOKEN);
});

test('an address without a kept secret says so on the security page', async (t) => {
  const { browser } = await openSecurity(t);
  for (const path of ['/security/totp', '/security/recovery-codes', '/security/totp?shown=AAAAAAAAAAAA']) {
    const { headers } = await browser.get(path);
    t.is(headers.location, '/security', path);
    t.regex((await browser.get('/security')).html, /no longer shown/, path);
  }
  t.is(
    (await browser.submit('/security/totp/confirm?shown=AAAAAAAAAAAA', { code: '1' }, '/security')).headers
      .location,
    '/security',
  );
});
