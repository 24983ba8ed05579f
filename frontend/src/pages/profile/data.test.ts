import test from 'ava';
import { Browser, locationOf } from '../../testing/browser.ts';
import { problem } from '../../testing/messages.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const frontend = await startFrontend();
test.after.always(() => frontend.close());

const EXPORT = '/api/auth/profile/export';
const exported = {
  status: 200,
  body: '{"profile":{},"complete":true}\n',
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'content-disposition': 'attachment; filename="personal-data-2026-11-20.json"',
  },
};

async function signedIn(username: string, language = 'en') {
  const browser = new Browser(frontend.url);
  await browser.signIn(username);
  if (language !== 'en') await browser.submit('/language', { language, next: '/profile' }, '/profile');
  return browser;
}

test.serial(
  'each role downloads their data by a link of the profile, in a file that is named for them and the day',
  async (t) => {
    for (const username of ['alice', 'bruno', 'root']) {
      const browser = await signedIn(username);
      t.regex((await browser.get('/profile')).html, /<a class="button" href="\/profile\/data">/);
      frontend.bank.answerNext('GET', EXPORT, exported);
      const { status, html, headers } = await browser.get('/profile/data');
      t.is(status, 200);
      t.is(html, exported.body);
      t.regex(String(headers['content-type']), /^application\/json/);
      t.regex(
        String(headers['content-disposition']),
        new RegExp(`^attachment; filename="My data ${username} \\d{4}-\\d\\d-\\d\\d\\.json"$`),
      );
    }
  },
);

test.serial('in French the file has a French name', async (t) => {
  const browser = await signedIn('alice', 'fr');
  frontend.bank.answerNext('GET', EXPORT, exported);
  const { headers } = await browser.get('/profile/data');
  t.regex(
    String(headers['content-disposition']),
    /filename="Mes donnees alice [^"]+"; filename\*=UTF-8''Mes%20donn%C3%A9es/,
  );
});

test.serial('another site can’t start a download, nor load a page as a part of its own', async (t) => {
  const browser = await signedIn('alice');
  for (const [path, page] of [
    ['/profile/data', '/profile'],
    ['/logs/export', '/logs'],
  ] as const) {
    for (const site of ['cross-site', 'same-site']) {
      const before = frontend.bank.requests.length;
      const reply = await browser.get(path, { 'sec-fetch-site': site });
      t.is(reply.status, 303, path);
      t.is(locationOf(reply), page);
      const asked = frontend.bank.requests.slice(before).map((request) => request.path);
      t.false(
        asked.some((one) => one.includes('export')),
        path,
      );
    }
    t.is((await browser.get(page)).headers['cross-origin-resource-policy'], 'same-origin');
  }
  frontend.bank.answerNext('GET', EXPORT, exported);
  t.is((await browser.get('/profile/data', { 'sec-fetch-site': 'same-origin' })).status, 200);
});

test.serial('a refusal is a page, not a file', async (t) => {
  const browser = await signedIn('alice');
  frontend.bank.answerNext('GET', EXPORT, { status: 503, body: problem(503, 'unavailable') });
  const refused = await browser.get('/profile/data');
  t.is(refused.status, 503);
  t.is(refused.headers['content-disposition'], undefined);
});
