import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import test from 'ava';
import { request } from 'undici';
import { Browser } from './testing/browser.ts';
import { startFrontend } from './testing/start-frontend.ts';

const frontend = await startFrontend();
test.after.always(() => frontend.close());

async function fetchPage(path: string, headers: Record<string, string>, browser?: Browser) {
  const cookie = [...(browser?.cookies ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  const answer = await request(frontend.url + path, { headers: { cookie, ...headers } });
  const body = Buffer.from(await answer.body.arrayBuffer());
  return { encoding: answer.headers['content-encoding'], type: answer.headers['content-type'], body };
}

test('pages are compressed in the browser’s preferred encoding', async (t) => {
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  const own = { 'sec-fetch-site': 'same-origin' };
  const plain = await fetchPage('/dashboard', own, browser);
  t.is(plain.encoding, undefined);
  const br = await fetchPage('/dashboard', { ...own, 'accept-encoding': 'gzip, deflate, br, zstd' }, browser);
  t.is(br.encoding, 'br');
  t.is(br.type, 'text/html; charset=utf-8');
  t.regex(brotliDecompressSync(br.body).toString(), /<\/html>/);
  t.true(br.body.length < plain.body.length / 3);
  const gzip = await fetchPage('/dashboard', { ...own, 'accept-encoding': 'gzip' }, browser);
  t.is(gzip.encoding, 'gzip');
  t.regex(gunzipSync(gzip.body).toString(), /<\/html>/);
  const refused = { ...own, 'accept-encoding': 'br;q=0, gzip;q=0' };
  t.is((await fetchPage('/dashboard', refused, browser)).encoding, undefined);
});

test('a page of a user is not compressed when another site may have caused the request', async (t) => {
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  const site = (value?: string) =>
    fetchPage(
      '/dashboard',
      { 'accept-encoding': 'br', ...(value === undefined ? {} : { 'sec-fetch-site': value }) },
      browser,
    );
  for (const value of [undefined, 'cross-site', 'same-site', 'x'])
    t.is((await site(value)).encoding, undefined, value);
  t.is((await site('none')).encoding, 'br');
});

test('a page for visitors is always compressed', async (t) => {
  const page = await fetchPage('/login', { 'accept-encoding': 'br', 'sec-fetch-site': 'cross-site' });
  t.is(page.encoding, 'br');
});

test('the CSRF token looks different in each page, and each works', async (t) => {
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  const token = async () =>
    /name="_csrf" value="([^"]+)"/.exec((await browser.get('/profile')).html)?.[1] ?? '';
  const [first, second] = [await token(), await token()];
  t.not(first, second);
  for (const _csrf of [first, second])
    t.is((await browser.post('/language', { _csrf, language: 'en' })).status, 303);
});
