import type { Role } from '@guichet/contract';
import test from 'ava';
import { household } from '../testing/answers/accounts.ts';
import { postedTransfer } from '../testing/answers/operations.ts';
import { Browser, type PageResponse } from '../testing/browser.ts';
import { PAGES, PEOPLE } from '../testing/every-page.ts';
import { serviceOf } from '../testing/fake-bank.ts';
import type { Received } from '../testing/messages.ts';
import { signedIn } from '../testing/signed-in.ts';
import { startFrontend } from '../testing/start-frontend.ts';
import type { ServiceName } from '../upstream/services.ts';

const SERVICES: ServiceName[] = ['auth', 'accounts', 'logging', 'mailer'];

/** The pages that are about one service alone: without it there is nothing to show. */
const ABOUT: Record<ServiceName, RegExp> = {
  auth: /^\/(?:profile|security(?!\/webhooks)(?:\/tokens)?|customers|agents(?!\/new))(?:$|\/[^/]+\/)|^\/agents\/[^/]+$/,
  accounts:
    /^\/(?:dashboard|accounts(?!\/new)|operations|transfers|deposits|withdrawals|standing-orders|interest-runs|products(?!\/new)|payments\/(?:batches(?!\/new)|suspense|duplicates)|security\/webhooks(?!\/new)|beneficiaries|inbox\/(?:confirm|outcomes))(?:[/?]|$)/,
  logging: /^\/logs(?:\/dashboard)?$/,
  mailer: /^\/mail(?:$|[/?])/,
};

/** The superuser sees only what auth knows about a customer, so without auth there is nothing to show. */
const isAbout = (service: ServiceName, path: string, role: string): boolean =>
  ABOUT[service].test(path) ||
  (service === 'auth' && role === 'superuser' && /^\/customers\/[^/]+$/.test(path));

/** A page without the number of emails that were not sent is complete. */
const isCountOfMails = ({ path, query }: Received): boolean =>
  path === '/api/mail/dead-letters' && query.get('limit') === '1';

/** This page reports for each service whether it answers. */
const STATUS = '/setup';

for (const role of ['visitor', 'member', 'agent', 'superuser'] as const) {
  for (const service of SERVICES) {
    test(`without ${service}, every page of a ${role} shows the rest and says what is missing`, async (t) => {
      const frontend = await startFrontend();
      t.teardown(() => frontend.close());
      const browser = new Browser(frontend.url);
      if (role !== 'visitor') await browser.signIn(PEOPLE[role as Role]);
      // The secret of a mailed link moves out of the address first.
      const load = async (path: string) => browser.follow(await browser.get(path));
      // A request of the page before may still be repeated after that page was answered.
      const requestsOf = ({ headers }: PageResponse) =>
        frontend.bank.requests.filter((one) => one.headers['x-request-id'] === headers['x-request-id']);
      for (const path of PAGES[role]) {
        const whole = await load(path);
        t.false(whole.html.includes('data-missing'), `${path} misses nothing`);
        const uses = requestsOf(whole).some(
          (request) => serviceOf(request.path) === service && !isCountOfMails(request),
        );
        frontend.bank.down.add(service);
        const page = await load(path);
        frontend.bank.down.clear();
        t.is(page.status, uses && isAbout(service, path.replace(/\?.*/, ''), role) ? 503 : 200, path);
        if (path === STATUS && service !== 'mailer') t.regex(page.html, /the service isn’t responding/);
        else t.is(page.html.includes('data-missing'), uses, path);
        t.true(page.html.includes('</html>'), path);
      }
    });
  }
}

test('the error page names what is unavailable, and when to come back', async (t) => {
  const { frontend, browser } = await signedIn(t);
  frontend.bank.down.add('accounts');
  const page = await browser.get('/dashboard');
  t.is(page.headers['retry-after'], '5');
  t.regex(page.html, /Unavailable: accounts, payments and requests/);
});

test('a page waits a few seconds for a part, not for as long as the service likes', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice', { partWithinMs: 4_000 });
  frontend.bank.delayNext('GET', '/api/logs', 20_000);
  const startedAt = performance.now();
  const page = await browser.get(`/operations/${postedTransfer.id}`);
  t.true(performance.now() - startedAt < 15_000);
  t.is(page.status, 200);
  t.regex(page.html, /Missing: the activity log\./);
});

test('a part that is refused is not called unavailable', async (t) => {
  const { frontend, browser } = await signedIn(t);
  const path = `/api/accounts/${household.id}/transactions`;
  frontend.bank.answerNext('GET', path, { status: 400, body: { code: 'invalid_request', title: 'No' } });
  t.is((await browser.get(`/accounts/${household.id}`)).status, 400);
});
