import { SLOT } from '@guichet/contract/events';
import { newId } from '@guichet/database';
import test from 'ava';
import { buildEvent, startTestLogging } from '../fixtures.ts';
import { verifyChain } from '../verify/verify-chain.ts';

const { client, db, runtime, store, tokens, close } = await startTestLogging();
test.after.always(close);
const staff = { token: tokens.issue({ role: 'agent' }) };

const mallory = { id: newId(), username: 'mallory', role: 'member' as const };
const signedIn = (userAgent: string, person = mallory) =>
  buildEvent({
    service: 'auth',
    action: 'LOGIN',
    actor: person,
    subject: { type: 'user', id: person.id },
    message: `${SLOT} signed in.`,
    names: [{ of: person.id, text: person.username }],
    data: { ip: '203.0.113.77', user_agent: userAgent, method: 'password' },
  });

const found = async (q: string) =>
  (await client.get(`/api/logs?limit=50&q=${q}`, staff)).body.items.map(({ id }: { id: string }) => id);

test.serial('a user about whom the log has very many words can’t stop it, and is still found', async (t) => {
  const other = signedIn('quince', { id: newId(), username: 'alice', role: 'member' });
  const first = signedIn('marmalade');
  await store(first, other);
  for (let batch = 0; batch < 40; batch += 1) {
    const words = Array.from({ length: 1_000 }, (_, index) => `word-${batch}-${index}`).join(' ');
    await store(signedIn(words));
  }
  const last = signedIn('rhubarb');
  await store(last);
  const rows = await db('person_words').where({ user_id: mallory.id });
  t.is(rows.length, 1);
  t.true(rows[0].words.length < 300_000, `${rows[0].words.length}`);
  t.deepEqual(await found('marmalade'), [first.id]);
  t.deepEqual(await found('rhubarb'), [last.id]);
  t.deepEqual(await found('quince'), [other.id]);
  t.is((await found('word-7-999')).length, 1);
  t.deepEqual(await found('word-7-1000'), []);
  t.like(await verifyChain(runtime), { ok: true, checked: 43 });
});
