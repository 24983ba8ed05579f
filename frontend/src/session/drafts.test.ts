import test from 'ava';
import { cookieContext } from '../testing/cookie-context.ts';
import { type Draft, type Drafts, draftsOpener } from './drafts.ts';

const draft: Draft = {
  user: 'alice',
  action: '/deposits/new',
  key: 'a key',
  fields: [['amount', '12']],
  errors: {},
  refusal: null,
  step: 'form',
  done: null,
};
const ID = 'AAAAAAAAAAAA';
const settings = {
  PUBLIC_URL: 'http://localhost',
  SESSION_SECRET: ['the first secret, long enough for sealing'] as [string, ...string[]],
};

/** The drafts of a request with these cookies, and the cookies that the response sets. */
function request(options: Parameters<typeof draftsOpener>[0], cookie = '') {
  const { ctx, setCookies } = cookieContext(cookie);
  const cookies = () => setCookies().map((line) => line.split(';')[0]);
  return { drafts: draftsOpener(options)(ctx), cookies };
}

async function kept(): Promise<string> {
  const { drafts, cookies } = request(settings);
  await drafts.keep(ID, draft);
  return cookies().join('; ');
}

test('a draft is found by its id and its user', async (t) => {
  const { drafts } = request(settings, await kept());
  t.like(await drafts.find(ID, 'alice'), { fields: [['amount', '12']] });
  t.is(await drafts.find(ID, 'bruno'), null);
  t.is(await drafts.find(ID, null), null);
  t.is(await drafts.find('BBBBBBBBBBBB', 'alice'), null);
});

test('at sign-in the drafts of others are dropped, and at sign-out all of them', async (t) => {
  const cookie = await kept();
  const dropped = async (drop: (drafts: Drafts) => unknown) => {
    const { drafts, cookies } = request(settings, cookie);
    await drop(drafts);
    return cookies();
  };
  t.deepEqual(await dropped((drafts) => drafts.dropOthers('alice')), []);
  t.deepEqual(await dropped((drafts) => drafts.dropOthers('bruno')), [`guichet-draft-${ID}=`]);
  t.deepEqual(await dropped((drafts) => drafts.dropAll()), [`guichet-draft-${ID}=`]);
});
