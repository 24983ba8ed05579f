import { newId } from '@guichet/database';
import test from 'ava';
import { buildEvent, startTestLogging } from '../fixtures.ts';
import { fold, foldedWords } from '../search/fold.ts';

const MESSAGES = [
  'Amélie paid',
  '100% off',
  'a_b',
  'back\\slash',
  'l’été',
  "it's",
  'cat 😀',
  'dog 🙃',
  '日本',
  'nul\0byte',
  'plain!',
];

const logging = await startTestLogging();
await logging.store(
  ...MESSAGES.map((message) =>
    buildEvent({ message, actor: { id: newId(), username: 'zoe', role: 'member' } }),
  ),
);
test.after.always(() => logging.close());
const agent = { token: logging.tokens.issue({ role: 'agent' }) };

for (const typed of ['’', '%', '_', '\\', "'", '"', '!', '😀', '\0', '日', 'ﷺ', "' OR 1=1 -- ", 'Amélie']) {
  test(`${JSON.stringify(typed)} is searched for literally in entries, statistics and exports`, async (t) => {
    const q = `q=${encodeURIComponent(typed)}`;
    const wanted = MESSAGES.filter((message) =>
      foldedWords(typed).every((word) => fold(message).includes(word)),
    );
    const list = await logging.client.get(`/api/logs?${q}`, agent);
    t.is(list.status, 200, list.text);
    t.deepEqual(list.body.items.map(({ message }: { message: string }) => message).toReversed(), wanted);
    const stats = await logging.client.get(`/api/logs/stats?${q}`, agent);
    t.is(stats.body.total, wanted.length, stats.text);
    const lines = (await logging.client.get(`/api/logs/export?format=ndjson&${q}`, agent)).text.split('\n');
    t.is(lines.filter(Boolean).length, wanted.length);
  });
}

test('every other text filter accepts whatever a user types', async (t) => {
  for (const typed of ['Amélie', '’', '%', '😀', '日本', '\0', "' OR 1=1 -- ", 'é'.repeat(36)]) {
    const value = encodeURIComponent(typed);
    for (const field of ['user', 'concerns']) {
      const reply = await logging.client.get(`/api/logs?${field}=${value}`, agent);
      t.is(reply.status, 200, `${field} ${reply.text}`);
      t.deepEqual(reply.body.items, []);
    }
    for (const field of ['type_action', 'service', 'correlation_id', 'operation', 'level']) {
      const { status, text } = await logging.client.get(`/api/logs?${field}=${value}`, agent);
      t.true(status === 200 || status === 400, `${field} ${text}`);
    }
  }
});

test('the search ignores case and accents', async (t) => {
  const reply = await logging.client.get('/api/logs?q=AMELIE', agent);
  t.is(reply.body.items.length, 1);
});
