import type { LogEntry } from '@guichet/contract/logging';
import test from 'ava';
import { Browser } from '../../testing/browser.ts';
import { buildLogEntry, buildUser, fakeId } from '../../testing/fixtures.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const frontend = await startFrontend();
test.after.always(() => frontend.close());

const alice = buildUser('alice', 'member');
const data = { type: 'external_transfer', status: 'pending', amount: 12_000, currency: 'EUR' };
const entries = [
  buildLogEntry(1, alice, { data }),
  buildLogEntry(2, null, { action: 'LOGIN_FAILED', level: 'WARNING', service: 'auth', subject: null }),
  buildLogEntry(40, alice, { action: 'PROFILE_UPDATED', service: 'auth', subject: null, data: {} }),
];

async function activity(address = '/logs', items: LogEntry[] = entries, username = 'alice') {
  const browser = new Browser(frontend.url);
  await browser.signIn(username);
  frontend.bank.answerNext('GET', '/api/logs', { status: 200, body: { items, next: null } });
  const { html } = await browser.get(address);
  return /<main.*<\/main>/s.exec(html)?.[0] ?? '';
}

test.serial('a member reads sentences by day, and nothing of the machinery', async (t) => {
  const main = await activity();
  t.regex(main, new RegExp(`href="/operations/${fakeId(3, 1)}">You requested a transfer of €120.00<`));
  t.is([...main.matchAll(/<tbody data-day/g)].length, 2);
  for (const entry of entries)
    for (const hidden of [entry.hash, entry.action, entry.message, entry.correlation_id ?? '', entry.level])
      t.false(main.includes(hidden), hidden);
  t.notRegex(main, /<pre|data-live-toggle|>accounts<|>auth</);
});

test.serial(
  'a sign-in says from which device and address it came, and other entries no address',
  async (t) => {
    const user_agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0';
    const signIn = (sequence: number, action: string) =>
      buildLogEntry(sequence, action === 'LOGIN' ? alice : null, {
        action,
        service: 'auth',
        subject: { type: 'user', id: alice.id },
        data: { user_agent, ip: '192.0.2.14' },
      });
    const changed = { action: 'PROFILE_UPDATED', service: 'auth', subject: null, data: { ip: '192.0.2.99' } };
    const main = await activity('/logs', [
      signIn(1, 'LOGIN_FAILED'),
      signIn(2, 'LOGIN'),
      buildLogEntry(3, alice, changed),
    ]);
    t.regex(main, /<\/span>Firefox on Linux · 192\.0\.2\.14<\/p>/);
    t.regex(main, /You signed in from Firefox on Linux[\s\S]*<\/span>192\.0\.2\.14<\/p>/);
    t.false(main.includes('192.0.2.99'));
  },
);

test.serial('one topic is filtered by the log, so that every page is full', async (t) => {
  frontend.bank.answerNext('GET', '/api/logs', { status: 200, body: { items: entries, next: 'older' } });
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  const { html } = await browser.get('/logs?topic=profile');
  const asked = frontend.bank.requests.filter(({ path }) => path === '/api/logs');
  t.deepEqual(Object.fromEntries(asked.at(-1)?.query ?? []), { limit: '50', topic: 'profile' });
  t.regex(html, /rel="next" href="\/logs\?topic=profile&amp;cursor=older" data-more="rows"/);
  t.regex(await activity('/logs?topic=<script>'), /You requested/, 'a topic that is none is ignored');
  t.false(frontend.bank.requests.findLast(({ path }) => path === '/api/logs')?.query.has('topic'));
});

test.serial('an agent keeps the table, with sentences in place of English messages', async (t) => {
  const main = await activity('/logs', entries, 'bruno');
  t.regex(main, /alice requested a transfer of €120.00/);
  t.regex(main, /<option value="WARNING"/, 'levels can be chosen');
  t.true(main.includes(entries[0]?.hash ?? '-'));
});
