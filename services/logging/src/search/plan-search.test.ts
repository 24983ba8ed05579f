import { SLOT } from '@guichet/contract/events';
import { newId } from '@guichet/database';
import test from 'ava';
import { buildEvent, startTestLogging } from '../fixtures.ts';
import { planSearch } from './plan-search.ts';
import { SEQUENCE_MAX } from './rules.ts';

const { client, runtime, store, tokens, close } = await startTestLogging();
test.after.always(close);

const alice = { id: newId(), username: 'alice', role: 'member' as const };
const WHOLE = { first: 1n, last: SEQUENCE_MAX - 1n };
const MANY = 'apricot bergamot cherry damson elderberry fig grape';

const lookedUp = async (text: string, visibleTo: string | null, whole = WHOLE) =>
  (await planSearch(runtime, text, { visibleTo, whole })).terms
    .filter(({ pieces }) => pieces !== null)
    .map(({ term }) => term);

test.serial('only the longest words of a text are looked up, and those of no sentence first', async (t) => {
  t.deepEqual(await lookedUp(MANY, null), ['apricot', 'bergamot', 'cherry', 'elderberry']);
  const rare = await lookedUp('transfer posted fig grape kiwi lime', null);
  t.deepEqual(rare, ['fig', 'grape', 'kiwi', 'lime']);
});

test.serial('a member’s search reads nothing that is about others', async (t) => {
  t.deepEqual(await lookedUp(MANY, alice.id), []);
});

test.serial('nothing is looked up for a few entries, as a live stream searches them', async (t) => {
  t.deepEqual(await lookedUp(MANY, null, { first: 7_001n, last: 7_500n }), []);
  t.is((await lookedUp(MANY, null, { first: 7_001n, last: 7_501n })).length, 4);
});

test.serial('the entries that concern many persons are looked up in a short period', async (t) => {
  await store(
    ...Array.from({ length: 210 }, () => {
      const id = newId();
      return buildEvent({ concerns: [id], message: `Paid ${SLOT}.`, names: [{ of: id, text: 'Moreau' }] });
    }),
  );
  const [short] = (
    await planSearch(runtime, 'moreau', { visibleTo: null, whole: { first: 1n, last: 40_000n } })
  ).terms;
  t.is(short?.sequences.length, 210);
  t.deepEqual(await lookedUp('moreau', null), []);
});

test.serial('an entry is found if it has all words, for staff and for the member', async (t) => {
  const saying = (reason: string) =>
    buildEvent({ actor: alice, concerns: [alice.id], action: 'TRANSFER_REJECTED', data: { reason } });
  const whole = saying(MANY);
  const others = Array.from({ length: 150 }, () => saying(MANY.replace(' fig ', ' ')));
  await store(...others.slice(0, 75), whole, ...others.slice(75));
  for (const token of [tokens.issue({ role: 'agent' }), tokens.issue({ userId: alice.id })]) {
    const { body } = await client.get(`/api/logs?q=${encodeURIComponent(MANY)}`, { token });
    t.deepEqual(
      body.items.map(({ id }: { id: string }) => id),
      [whole.id],
    );
  }
});
