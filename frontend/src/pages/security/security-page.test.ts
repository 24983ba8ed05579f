import test from 'ava';
import { Browser, locationOf } from '../../testing/browser.ts';
import { buildUser } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const frontend = await startFrontend();
test.after.always(() => frontend.close());

async function security(recovery_codes_left: number | null | undefined) {
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  const alice = buildUser('alice', 'member', { totp_enabled: recovery_codes_left !== null });
  const body = { ...alice, recovery_codes_left };
  frontend.bank.answerNext('GET', '/api/auth/profile', { status: 200, body });
  return (await browser.get('/security')).html;
}

test.serial('what a person needs most comes first', async (t) => {
  const [main = ''] = (await security(9)).split('</main>');
  const headings = [...main.matchAll(/<h2 class="subtitle" id="([^"]+)"/g)].map(([, id]) => id);
  t.deepEqual(headings, [
    'password',
    'passkeys',
    'totp',
    'recovery-codes',
    'sessions',
    'tokens',
    'webhooks',
    'activity',
  ]);
  t.regex(await security(9), /href="\/logs\?topic=security"/);
  t.regex(await security(9), /href="\/profile#password"/);
});

test.serial(
  'the number of recovery codes left is shown, and how to get new ones once there are few',
  async (t) => {
    const many = await security(9);
    t.regex(many, /<span class="badge">9 left</);
    t.notRegex(many, /ten new codes/);
    for (const few of [2, 0]) {
      const html = await security(few);
      t.true(html.includes(`<span class="badge badge-warn">${few} left<`));
      t.regex(html, /To get ten new codes/);
    }
  },
);

test.serial('signing out everywhere ends the session of this browser too', async (t) => {
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  t.regex((await browser.get('/security')).html, /Sign out everywhere/);
  frontend.bank.answerNext('DELETE', '/api/auth/sessions', {
    status: 503,
    body: problem(503, 'unavailable'),
  });
  const refused = await browser.submit('/security/sessions/end-all', {}, '/security');
  t.is(locationOf(refused), '/security');
  frontend.bank.answerNext('DELETE', '/api/auth/sessions', { status: 204 });
  const left = await browser.submit('/security/sessions/end-all', {}, '/security');
  t.is(locationOf(left), '/');
  t.is(left.headers['clear-site-data'], '"cache", "storage"');
  t.regex((await browser.get('/')).html, /You’ve signed out everywhere/);
  t.is((await browser.get('/security')).status, 303);
});

test.serial(
  'without a second factor, or with an auth that does not count them, no codes are shown',
  async (t) => {
    for (const unknown of [null, undefined]) t.notRegex(await security(unknown), /Recovery codes/);
  },
);
