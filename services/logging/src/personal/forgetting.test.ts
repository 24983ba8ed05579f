import { SLOT } from '@guichet/contract/events';
import { FORGOTTEN } from '@guichet/contract/logging';
import { newId } from '@guichet/database';
import { buildUserEvent } from '@guichet/testing';
import test from 'ava';
import { buildEvent, buildReceived, startTestLogging } from '../fixtures.ts';
import { handlePeople } from '../people/follow-people.ts';
import { verifyChain } from '../verify/verify-chain.ts';

const logging = await startTestLogging();
const { client, db, runtime, store } = logging;
test.after.always(() => logging.close());
const staff = { token: logging.tokens.issue({ role: 'agent' }) };
const people = handlePeople({ db: runtime, clock: () => new Date() });

interface Person {
  readonly id: string;
  readonly username: string;
  readonly role: 'member' | 'agent';
}
let number = 0;
async function newPerson(role: Person['role'] = 'member'): Promise<Person> {
  number += 1;
  const person = { id: newId(), username: `mirabelle${number}`, role };
  await publish(person, 'active', 1);
  return person;
}
async function publish(
  { id, username }: Person,
  status: 'active' | 'deleted',
  version: number,
): Promise<void> {
  const value = buildUserEvent({
    id,
    username: status === 'deleted' ? `deleted:${id.slice(-8)}` : username,
    status,
    version,
  });
  await people.onBatch([{ ...buildReceived(value), value }]);
}
const forget = (person: Person) => publish(person, 'deleted', 2);

const signedIn = (person: Person) =>
  buildEvent({
    service: 'auth',
    action: 'LOGIN',
    actor: person,
    subject: { type: 'user', id: person.id },
    message: `${SLOT} signed in.`,
    names: [{ of: person.id, text: person.username }],
    data: { ip: '203.0.113.77', user_agent: 'Marmalade/7', method: 'password' },
  });
const activated = (agent: Person, person: Person) =>
  buildEvent({
    service: 'auth',
    action: 'USER_ACTIVATED',
    actor: agent,
    subject: { type: 'user', id: person.id },
    message: `${SLOT} activated ${SLOT}.`,
    names: [
      { of: agent.id, text: agent.username },
      { of: person.id, text: person.username },
    ],
    data: { from: 'pending', reason: `knows ${person.username} from school` },
  });
const paid = (person: Person, payee: Person) =>
  buildEvent({
    action: 'TRANSFER_POSTED',
    actor: person,
    subject: { type: 'operation', id: newId() },
    concerns: [person.id, payee.id],
    message: 'Internal transfer posted',
    data: { amount: 4_200, currency: 'EUR' },
  });

const read = async (query: string, token = staff) =>
  (await client.get(`/api/logs?limit=50&${query}`, token)).body.items;

/** Every text that the database has in any column of any table, as it is and folded. */
async function wholeDatabase({ except = '' } = {}): Promise<string> {
  const tables = (await db.raw('SHOW TABLES'))[0].map((row: object) => Object.values(row)[0]);
  const rows = await Promise.all(
    tables.filter((table: string) => table !== except).map((table: string) => db(table)),
  );
  return JSON.stringify(rows, (_, value) => {
    if (typeof value === 'bigint') return String(value);
    return value?.type === 'Buffer' ? Buffer.from(value.data).toString('utf8') : value;
  });
}

test.serial('entries are read with the names and the data that were published', async (t) => {
  const [agent, zoe] = [await newPerson('agent'), await newPerson()];
  const [login, activation] = [signedIn(zoe), activated(agent, zoe)];
  await store(login, activation);
  const [shownActivation, shownLogin] = await read(`user=${zoe.id}`);
  t.like(shownLogin, {
    message: `${zoe.username} signed in.`,
    actor: { id: zoe.id, username: zoe.username, role: 'member' },
    data: login.data,
  });
  t.like(shownActivation, {
    message: `${agent.username} activated ${zoe.username}.`,
    actor: { username: agent.username },
    data: activation.data,
  });
  t.deepEqual(Object.keys(shownActivation.data).sort(), ['from', 'reason']);
});

test.serial(
  'a deletion makes all that the log says about a person unreadable, and the chain is intact',
  async (t) => {
    const [agent, zoe, payee] = [await newPerson('agent'), await newPerson(), await newPerson()];
    await store(
      signedIn(zoe),
      activated(agent, zoe),
      paid(zoe, payee),
      ...Array.from({ length: 150 }, () => signedIn(zoe)),
    );
    t.true((await read(`q=${zoe.username}`)).length > 0);
    const before = await verifyChain(runtime);

    await forget(zoe);
    t.deepEqual(await verifyChain(runtime), before);
    const entries = (await client.get(`/api/logs?limit=200&user=${zoe.id}`, staff)).body.items;
    t.is(entries.length, 153);
    t.false(JSON.stringify(entries).includes(zoe.username));
    const [login, activation, transfer] = [entries.at(-1), entries.at(-2), entries.at(-3)];
    t.like(login, { message: `${FORGOTTEN} signed in.`, data: { method: 'password' } });
    t.deepEqual(login.actor, { id: zoe.id, username: FORGOTTEN, role: 'member' });
    t.deepEqual(Object.keys(login.data), ['method']);
    t.like(activation, { message: `${agent.username} activated ${FORGOTTEN}.`, data: { from: 'pending' } });
    t.deepEqual(Object.keys(activation.data), ['from']);
    t.like(transfer, { action: 'TRANSFER_POSTED', data: { amount: 4_200, currency: 'EUR' } });
    t.deepEqual(await read(`q=${zoe.username}`), []);
    t.is((await read(`q=${agent.username}`)).length, 1, 'the agent is still found');

    const exported = await client.get('/api/logs/export?format=csv', staff);
    const stored = await wholeDatabase();
    for (const text of [exported.text, stored]) {
      for (const personal of [zoe.username, `knows ${zoe.username}`])
        t.false(text.includes(personal), personal);
    }
    t.deepEqual(await db('person_words').where({ user_id: zoe.id }), []);
    t.true(exported.text.includes(payee.username) || exported.text.includes(agent.username));
  },
);

test.serial(
  'the database has no personal text beside its person’s key, before a deletion either',
  async (t) => {
    const zoe = await newPerson();
    const agent = await newPerson('agent');
    await store(signedIn(zoe), activated(agent, zoe));
    await db('people').update({ username: null }).where({ id: zoe.id });
    const stored = await wholeDatabase({ except: 'person_words' });
    for (const personal of [zoe.username, '203.0.113.77', 'Marmalade', 'marmalade', 'school']) {
      t.false(stored.includes(personal), personal);
    }
    const words = await db('person_words').where({ user_id: zoe.id });
    t.true(Buffer.concat(words.map((row: { words: Buffer }) => row.words)).includes('marmalade'));
    t.true(stored.includes(agent.username), 'the search of the test finds what is there');
  },
);

test.serial('what comes about a person after the deletion is not kept', async (t) => {
  const zoe = await newPerson();
  await store(signedIn(zoe));
  await forget(zoe);
  await store(signedIn(zoe));
  const stranger = { id: newId(), username: 'mirabelle-unseen', role: 'member' as const };
  await forget(stranger);
  await store(signedIn(stranger));
  for (const { id } of [zoe, stranger]) {
    for (const entry of await read(`user=${id}`)) t.is(entry.message, `${FORGOTTEN} signed in.`);
  }
  t.is((await read(`user=${zoe.id}`)).length, 2);
  t.false((await wholeDatabase()).includes(stranger.username));
  t.true((await verifyChain(runtime)).ok);
});

test.serial('a text search finds what is said about a person until they are forgotten', async (t) => {
  const [agent, zoe] = [await newPerson('agent'), await newPerson()];
  await store(signedIn(zoe), activated(agent, zoe));
  const member = { token: logging.tokens.issue({ userId: zoe.id, username: zoe.username }) };
  const found = async (q: string) => [
    (await read(`q=${q}&user=${zoe.id}`)).length,
    (await client.get(`/api/logs/stats?q=${q}&user=${zoe.id}`, staff)).body.total,
    (await read(`q=${q}`, member)).length,
  ];
  for (const q of ['MARMALADE', 'school', '203.0.113']) t.deepEqual(await found(q), [1, 1, 1], q);
  await forget(zoe);
  for (const q of ['MARMALADE', 'school', '203.0.113', zoe.username])
    t.deepEqual(await found(q), [0, 0, 0], q);
});

test.serial('a batch that is stored while its person is forgotten leaves no words of them', async (t) => {
  const zoe = await newPerson();
  await Promise.all([
    ...Array.from({ length: 6 }, () => store(...Array.from({ length: 20 }, () => signedIn(zoe)))),
    forget(zoe),
    ...Array.from({ length: 6 }, () => store(...Array.from({ length: 20 }, () => signedIn(zoe)))),
  ]);
  t.deepEqual(await db('person_words').where({ user_id: zoe.id }), []);
  t.true((await verifyChain(runtime)).ok);
});

test.serial('verifying finds that the words about a person were removed', async (t) => {
  const zoe = await newPerson();
  await store(signedIn(zoe));
  const rows = await db('person_words').where({ user_id: zoe.id });
  await db('person_words').where({ user_id: zoe.id }).delete();
  t.like(await verifyChain(runtime), { ok: false, reason: 'an entry is hidden from text searches' });
  await db('person_words').insert(rows);
  t.true((await verifyChain(runtime)).ok);
});

test.serial('two replicas that meet a person at the same time give them one key', async (t) => {
  const people = Array.from({ length: 20 }, (_, index) => ({
    id: newId(),
    username: `twin${index}`,
    role: 'member' as const,
  }));
  await Promise.all(Array.from({ length: 8 }, () => store(...people.map(signedIn))));
  for (const { id, username } of people) {
    t.deepEqual(
      new Set((await read(`user=${id}`)).map(({ message }: { message: string }) => message)),
      new Set([`${username} signed in.`]),
    );
  }
});

const TAMPERED: Record<string, string> = {
  'the key of a person was destroyed without a deletion':
    'UPDATE person_keys SET seal_key = NULL WHERE user_id = ?',
  'the key of a person was changed': "UPDATE person_keys SET seal_key = REPEAT('x', 32) WHERE user_id = ?",
  'the key of a person is missing': 'DELETE FROM person_keys WHERE user_id = ?',
};
for (const [reason, statement] of Object.entries(TAMPERED)) {
  test.serial(`verifying finds that ${reason}, and the entries are still listed`, async (t) => {
    const zoe = await newPerson();
    await store(signedIn(zoe));
    const [stored] = await db('person_keys').where({ user_id: zoe.id });
    await db.raw(statement, [zoe.id]);
    t.like(await verifyChain(runtime), { ok: false, reason });
    t.is((await read(`user=${zoe.id}`))[0].message, `${FORGOTTEN} signed in.`);
    await db('person_keys').where({ user_id: zoe.id }).delete();
    await db('person_keys').insert(stored);
    t.true((await verifyChain(runtime)).ok);
  });
}
