import type { LogEntry } from '@guichet/contract/logging';
import test from 'ava';
import { Browser } from '../../testing/browser.ts';
import { buildLogEntry, buildUser, fakeId } from '../../testing/fixtures.ts';
import { startFrontend } from '../../testing/start-frontend.ts';
import { readTopic } from './activity.ts';
import { topicOf } from './topics.ts';

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

test.serial('a member sees one topic, and the log is not asked for what it does not know', async (t) => {
  const main = await activity('/logs?topic=profile');
  t.regex(main, /You changed your profile/);
  t.notRegex(main, /You requested|Someone/);
  const asked = frontend.bank.requests.findLast(({ path }) => path === '/api/logs')?.query;
  t.false(asked?.has('topic'));
  t.regex(await activity('/logs?topic=<script>'), /You requested/, 'a topic that is none is ignored');
});

test.serial('an agent keeps the table, with sentences in place of English messages', async (t) => {
  const main = await activity('/logs', entries, 'bruno');
  t.regex(main, /alice requested a transfer of €120.00/);
  t.regex(main, /<option value="WARNING"/, 'levels can be chosen');
  t.true(main.includes(entries[0]?.hash ?? '-'));
});

test('one topic is read from as many pages as it needs, and no more', async (t) => {
  const seen: (string | undefined)[] = [];
  const read = async (cursor: string | undefined) => {
    seen.push(cursor);
    return { items: entries, next: `after ${seen.length}` };
  };
  t.deepEqual(await readTopic(read, undefined, undefined), { items: entries, next: 'after 1' });
  seen.length = 0;
  const page = await readTopic(read, 'money', 'here');
  t.deepEqual(seen, ['here', 'after 1', 'after 2', 'after 3', 'after 4']);
  t.deepEqual([page.items.length, page.next], [5, 'after 5']);
});

test('an action has the topic of its first word', (t) => {
  t.is(topicOf('TRANSFER_POSTED'), 'money');
  t.is(topicOf('BENEFICIARY_ADDED'), 'money');
  t.is(topicOf('EMAIL_CHANGED'), 'profile');
  t.is(topicOf('LOGIN'), 'security');
});
