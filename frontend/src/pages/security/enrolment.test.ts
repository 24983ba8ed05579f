import test from 'ava';
import { byRole } from '../../testing/answers/people.ts';
import { newSessionFor, tokensFor } from '../../testing/answers/signed-out.ts';
import { Browser, locationOf } from '../../testing/browser.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const frontend = await startFrontend();
test.after.always(() => frontend.close());

test.serial(
  'staff who must set up a second factor are led to it, and can go on once they have',
  async (t) => {
    const { agent } = byRole;
    const browser = new Browser(frontend.url);
    const { bank } = frontend;
    bank.answerNext('POST', '/api/auth/login', {
      status: 200,
      body: { ...newSessionFor(agent), scope: 'profile' },
    });
    await browser.signIn(agent.username);
    for (const path of ['/inbox', '/customers', '/operations', '/notifications']) {
      bank.answerNext('POST', '/api/auth/refresh', {
        status: 200,
        body: {
          ...tokensFor(agent),
          refresh_token: `again-${path.slice(1)}-${agent.username}`,
          scope: 'profile',
        },
      });
      t.is(locationOf(await browser.get(path)), '/security', path);
    }
    const { html } = await browser.get('/security');
    t.regex(html, /requires a second factor\. S/);
    t.notRegex(html, /href="\/inbox"/);
    t.is((await browser.get('/profile')).status, 200);

    // The next token has all scopes.
    t.is((await browser.get('/inbox')).status, 200);
    t.notRegex((await browser.get('/security')).html, /requires a second factor/);
  },
);

test.serial(
  'staff who have set one up since their sign-in, also a passkey, are told to sign in again',
  async (t) => {
    const { agent } = byRole;
    const { bank } = frontend;
    const only = { ...newSessionFor(agent), scope: 'profile' };
    const showsWith = async (factors: { totp_enabled: boolean; passkeys: number }) => {
      const browser = new Browser(frontend.url);
      bank.answerNext('POST', '/api/auth/login', { status: 200, body: only });
      await browser.signIn(agent.username);
      const body = { ...agent, ...factors, recovery_codes_left: null };
      bank.answerNext('GET', '/api/auth/profile', { status: 200, body });
      const { html } = await browser.get('/security');
      return /requires a second factor\. (\w+ \w+)/.exec(html)?.[1];
    };
    t.is(await showsWith({ totp_enabled: false, passkeys: 0 }), 'Set one');
    t.is(await showsWith({ totp_enabled: false, passkeys: 1 }), 'Sign out');
  },
);
