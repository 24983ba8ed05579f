import test from 'ava';
import { household } from '../../testing/answers/accounts.ts';
import { Browser } from '../../testing/browser.ts';
import { buildEntries } from '../../testing/fixtures.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const path = `/accounts/${household.id}`;
const transactions = `/api/accounts/${household.id}/transactions`;
const frontend = await startFrontend();
test.after.always(() => frontend.close());

async function signedIn(language = 'en'): Promise<Browser> {
  const browser = new Browser(frontend.url, language);
  await browser.signIn('alice');
  return browser;
}

test.serial('the IBAN comes right after the balance, with buttons to copy and share it', async (t) => {
  const { html } = await (await signedIn()).get(path);
  t.true(html.indexOf('data-share=') < html.indexOf('id="history"'));
  t.regex(html, /data-copy="FR7630099000010000000004238"/);
  t.regex(html, /data-share="Alice Martin&#10;IBAN FR76 3009[^"]*BIC GUICFRPPXXX"/);
});

test.serial('the page names the requests that reserve money, and until when', async (t) => {
  const { html } = await (await signedIn()).get(path);
  const requests = html.slice(html.indexOf('id="requests"'), html.indexOf('id="charts"'));
  t.regex(requests, /Régie Immobilière du Parc[\s\S]*reserved until a decision, at the latest 20 Dec 2026/);
  const opening = requests.split('</li>').find((item) => item.includes('Account opening'));
  t.false(opening?.includes('reserved'));
});

test.serial(
  'the history is grouped by day, and Older transactions is a link that keeps the filters',
  async (t) => {
    const browser = await signedIn();
    const page = { items: buildEntries(3, household), next: 'further' };
    const searched = String((await browser.submit(path, { q: 'rent' })).headers.location);
    frontend.bank.answerNext('GET', transactions, { status: 200, body: page });
    const { html } = await browser.get(searched);
    t.regex(
      html,
      /<tbody data-day="2026-11-20">\s*<tr class="day-head"><th colspan="4" scope="rowgroup">[^<]*Friday, 20 November 2026/,
    );
    t.regex(html, /rel="next" href="[^"]+\?search=[\w-]{80}&amp;cursor=further"/);
    t.regex(html, /id="search" name="q" type="search"[^>]* value="rent"/);
    t.is(frontend.bank.requests.findLast((one) => one.path === transactions)?.query.get('q'), 'rent');
    t.false(html.includes('id="charts"'), 'charts are of all transactions');
  },
);

test.serial('the charts have scales, and say in words and numbers what they draw', async (t) => {
  const { html } = await (await signedIn()).get(path);
  t.regex(html, /class="chart-label"[^>]*>€5k</);
  t.regex(html, /Lowest −€[\d,.]+, highest €[\d,.]+\./);
  t.regex(html, /<th [^>]*scope="row">[A-Z][a-z]+ 2026<\/th><td[^>]*>€[\d,.]+<\/td>/);
});

test.serial('a page without charts or requests still shows the balance and the history', async (t) => {
  const browser = await signedIn();
  frontend.bank.answerNext('GET', '/api/operations', { status: 503 });
  frontend.bank.answerNext('GET', '/api/operations', { status: 503 });
  const { status, html } = await browser.get(path);
  t.is(status, 200);
  t.regex(html, /Missing: requests/);
  t.regex(html, /data-day="2026-11-20"/);
});
