import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';
import { listOperations } from './inbox-store.ts';

const FOREIGN = 'DE89370400440532013000';

interface Scene {
  bank: TestBank;
  agent: TestPerson;
  amelie: TestPerson;
  /** The operations by what the tests call them. */
  names: Map<string, string>;
  ibanOfBob: string;
}
const test = anyTest as TestFn<Scene>;

test.before(async (t) => {
  const bank = await openTestBank();
  const agent = await bank.person('agent');
  const [amelie, bob] = [await bank.person('member', 'Amélie Ôzgür'), await bank.person('member', 'Bob 50%')];
  const [from, to] = [await bank.account(amelie, agent, 100_000), await bank.account(bob, agent)];
  const ibanOfBob = (await bank.client.get(`/api/accounts/${to}`, { token: bob.token })).body.iban;
  const names = new Map<string, string>();
  const request = async (name: string, who: TestPerson, body: object) => {
    const {
      status,
      text,
      body: operation,
    } = await bank.client.post('/api/operations', body, { token: who.token });
    if (status !== 201) throw new Error(text);
    await bank.approve(agent, operation.id);
    names.set(operation.id, name);
  };
  const pay = (payee: object) => ({
    type: 'external_transfer',
    from_account_id: from,
    amount: 100,
    ...payee,
  });
  await request('rent', amelie, {
    type: 'withdrawal',
    account_id: from,
    amount: 100,
    reference: 'Rent 2026',
  });
  await request('abroad', amelie, pay({ to: { name: 'Hans Müller', iban: FOREIGN } }));
  await request('to Bob', amelie, pay({ to: { name: 'A friend', iban: ibanOfBob } }));
  await request('of Bob', bob, { type: 'withdrawal', account_id: to, amount: 100 });
  t.context = { bank, agent, amelie, names, ibanOfBob };
});
test.after.always((t) => t.context.bank.close());

/** The names of the operations that are found, in the order of the list. */
async function find({ bank, agent, names }: Scene, query: Record<string, string>, token = agent.token) {
  const { status, text, body } = await bank.client.get(`/api/operations?${new URLSearchParams(query)}`, {
    token,
  });
  if (status !== 200) throw new Error(text);
  const found = (body.items as { id: string }[]).flatMap(({ id }) => names.get(id) ?? []);
  return { found, next: body.next as string | null, searchedFrom: body.searched_from as string | null };
}

test.serial('agents find operations by names, IBANs and texts, each once and newest first', async (t) => {
  const { ibanOfBob, amelie } = t.context;
  for (const [q, expected] of [
    ['rent', ['rent']],
    ['muller', ['abroad']],
    ['AMELIE', ['to Bob', 'abroad', 'rent']],
    [amelie.username, ['to Bob', 'abroad', 'rent']],
    ['50%', ['of Bob', 'to Bob']],
    ['de89 3704', ['abroad']],
    [ibanOfBob.toLowerCase(), ['of Bob', 'to Bob']],
    [ibanOfBob.slice(0, 20).replace(/(.{4})/g, '$1 '), ['of Bob', 'to Bob']],
    [ibanOfBob.slice(4), []],
    ['no such thing', []],
    ["' OR 1=1 -- ", []],
  ] as const) {
    const { found, searchedFrom } = await find(t.context, { q });
    t.deepEqual(found, [...expected], q);
    t.is(searchedFrom, null, 'all operations were searched');
  }
  const { found } = await find(t.context, { q: 'amelie', order: 'oldest', type: 'external_transfer' });
  t.deepEqual(found, ['abroad', 'to Bob']);
});

test.serial('an operation that is found in several ways is on one page only', async (t) => {
  const pages: string[][] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await find(t.context, { q: 'o', limit: '1', ...(cursor === '' ? {} : { cursor }) });
    pages.push(page.found);
    cursor = page.next;
  }
  const seen = pages.flat();
  t.deepEqual(seen, [...new Set(seen)]);
  t.true(seen.includes('to Bob'));
});

test.serial('members still find their own operations only, and not by the names of holders', async (t) => {
  const { amelie } = t.context;
  t.deepEqual((await find(t.context, { q: 'Bob 50%' }, amelie.token)).found, []);
  t.deepEqual((await find(t.context, { q: 'friend' }, amelie.token)).found, ['to Bob']);
});

test.serial(
  'of many operations, the newest are compared with a text; those of a named user are all found',
  async (t) => {
    const { bank, names } = t.context;
    const filter = { order: 'newest', limit: 50, viewer: 'agent', period: { from: null, to: null } } as const;
    const among = async (
      comparedMax: number,
      text: string,
      period: { from: Date | null; to: Date | null } = filter.period,
    ) => {
      const { page, searchedFrom } = await listOperations(
        bank.deps.db,
        { ...filter, period, text },
        comparedMax,
      );
      return { found: page.flatMap(({ id }) => names.get(id) ?? []), searchedFrom };
    };
    const rent = await among(2, 'rent');
    t.deepEqual(rent.found, []);
    t.true(rent.searchedFrom instanceof Date);
    t.deepEqual((await among(2, 'friend')).found, ['to Bob']);
    t.deepEqual((await among(2, 'amelie')).found, ['to Bob', 'abroad', 'rent']);
    t.deepEqual((await among(100, 'rent')).searchedFrom, null);
    const tomorrow = new Date(bank.time.now.getTime() + 86_400_000);
    t.deepEqual((await among(100, 'rent', { from: null, to: tomorrow })).found, ['rent']);
    t.deepEqual((await among(100, 'rent', { from: tomorrow, to: null })).found, []);
  },
);

test.serial(
  'a text that fits more users than are followed is searched for in the newest operations',
  async (t) => {
    const { bank, agent } = t.context;
    const [payee] = await Promise.all(
      Array.from({ length: 12 }, (_, index) => bank.person('member', `Jean Martinet ${index}`)),
    );
    if (payee === undefined) return t.fail();
    const account = await bank.account(payee, agent, 100);
    t.truthy(account);
    const { body } = await bank.client.get('/api/operations?q=martinet', { token: agent.token });
    t.deepEqual(
      [...new Set((body.items as { requester: { id: string } }[]).map(({ requester }) => requester.id))],
      [payee.id],
    );
  },
);
