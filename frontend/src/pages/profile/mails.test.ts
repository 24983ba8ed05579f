import { LANGUAGES } from '@guichet/contract';
import test from 'ava';
import { Browser, locationOf } from '../../testing/browser.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const frontend = await startFrontend();
test.after.always(() => frontend.close());
const API = '/api/auth/profile/mails';

async function signedIn(username: string, language = 'en') {
  const browser = new Browser(frontend.url);
  await browser.signIn(username);
  if (language !== 'en') await browser.submit('/language', { language, next: '/profile' }, '/profile');
  return browser;
}
const refusals = () =>
  frontend.bank.requests.flatMap(({ method, path, body }) =>
    method === 'PUT' && path === API ? [(body as { refused: string[] }).refused] : [],
  );

test.serial('a box that is not checked refuses its kind of mail, and a checked one allows it', async (t) => {
  const browser = await signedIn('alice');
  const { html } = await browser.get('/profile');
  t.regex(html, /<input class="check" type="checkbox" name="kind" value="decisions" checked>/);
  const saved = await browser.submit('/profile/mails', {}, '/profile');
  t.is(saved.status, 303);
  t.is(locationOf(saved), '/profile');
  t.regex((await browser.get('/profile')).html, /Your choice of emails is saved/);
  await browser.submit('/profile/mails', { kind: 'decisions' }, '/profile');
  t.deepEqual(refusals(), [['decisions'], []]);
});

test.serial('a kind that the user refuses is not checked', async (t) => {
  const browser = await signedIn('alice');
  frontend.bank.answerNext('GET', API, {
    status: 200,
    body: { kinds: ['decisions'], refused: ['decisions'] },
  });
  t.regex((await browser.get('/profile')).html, /name="kind" value="decisions">/);
});

test.serial('the page says in each language that mails about security always come', async (t) => {
  const said = { en: /You always get emails about security/, fr: /relatifs à la sécurité/ };
  for (const language of LANGUAGES) {
    const browser = await signedIn('alice', language);
    t.regex((await browser.get('/profile')).html, said[language]);
  }
});

test.serial('a superuser, who gets no mail that can be refused, has nothing to choose', async (t) => {
  const browser = await signedIn('root');
  t.notRegex((await browser.get('/profile')).html, /name="kind"/);
});
