import test from 'ava';
import { Browser } from '../../testing/browser.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const frontend = await startFrontend();
test.after.always(() => frontend.close());

const themeOf = (html: string): string | undefined => /<html[^>]* data-theme="([^"]*)"/.exec(html)?.[1];

test('a chosen theme is in the first byte of every page, signed in or not', async (t) => {
  const browser = new Browser(frontend.url);
  t.is(themeOf((await browser.get('/login')).html), undefined, 'the device decides');
  const chosen = await browser.submit('/theme', { theme: 'dark', next: '/register' }, '/login');
  t.is(chosen.status, 303);
  t.is(chosen.headers.location, '/register');
  const { html } = await browser.get('/login');
  t.is(themeOf(html), 'dark');
  t.regex(html, /<meta name="color-scheme" content="dark">/);
  t.regex(html, /value="dark" aria-pressed="true"/);
  await browser.signIn('alice');
  t.is(themeOf((await browser.get('/dashboard')).html), 'dark');
  t.is(themeOf((await browser.get('/nothing')).html), 'dark', 'error pages too');
  await browser.submit('/theme', { theme: 'system' }, '/dashboard');
  t.is(themeOf((await browser.get('/dashboard')).html), undefined);
});

test('an unknown theme changes nothing, and an unknown one in the cookie is ignored', async (t) => {
  const browser = new Browser(frontend.url);
  for (const theme of ['', 'sepia', '"><script>', '__proto__']) {
    const reply = await browser.submit('/theme', { theme }, '/login');
    t.is(reply.status, 303);
    t.notRegex(String(reply.headers['set-cookie']), /guichet-theme/);
  }
  browser.cookies.set('guichet-theme', 'sepia');
  t.is(themeOf((await browser.get('/login')).html), undefined);
});

test('choosing a theme stays in this bank, on the page where it was chosen', async (t) => {
  const browser = new Browser(frontend.url);
  for (const next of ['https://evil.example', '//evil.example', '/\\evil.example', '']) {
    t.is((await browser.submit('/theme', { theme: 'light', next }, '/login')).headers.location, '/', next);
  }
  const back = await browser.submit('/theme', { theme: 'light' }, '/login?next=%2Foperations');
  t.is(back.headers.location, '/login?next=%2Foperations');
  t.is((await browser.post('/theme', { theme: 'dark' })).status, 403, 'without the token of the form');
});

test('the profile offers the themes by name, says which one is chosen, and takes the choice without scripts', async (t) => {
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  const card = async () =>
    /<section[^>]*aria-labelledby="appearance">.*?<\/section>/s.exec(
      (await browser.get('/profile')).html,
    )?.[0] ?? '';
  const pressed = async () => /value="(\w+)" aria-pressed="true"/.exec(await card())?.[1];
  t.regex(await card(), /Same as the device<\/span>.*Light<\/span>.*Dark<\/span>/s);
  t.notRegex(await card(), /sr-only|formaction/, 'names are seen, and no other form is sent');
  t.is(await pressed(), 'system');
  const chosen = await browser.submit('/theme', { theme: 'dark', next: '/profile' }, '/profile');
  t.is(chosen.headers.location, '/profile');
  t.is(await pressed(), 'dark');
  t.is(themeOf((await browser.get('/profile')).html), 'dark');
});
