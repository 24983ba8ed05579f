import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import test from 'ava';
import Koa from 'koa';
import { type Draft, draftsOpener } from './drafts.ts';

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
  SESSION_SECRET: 'the first secret, long enough for sealing',
};

/** The drafts of a request with these cookies, and the cookies that the response sets. */
function request(options: Parameters<typeof draftsOpener>[0], cookie = '') {
  const incoming = new IncomingMessage(new Socket());
  incoming.headers.cookie = cookie;
  const response = new ServerResponse(incoming);
  const ctx = new Koa().createContext(incoming, response);
  const cookies = () =>
    [response.getHeader('set-cookie') ?? []].flat().map((line) => String(line).split(';')[0]);
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

test('a draft survives the rotation of the secret, and not two of them', async (t) => {
  const cookie = await kept();
  const SESSION_SECRET = 'the second secret, long enough for sealing';
  const rotated = { ...settings, SESSION_SECRET, SESSION_SECRET_PREVIOUS: settings.SESSION_SECRET };
  t.not(await request(rotated, cookie).drafts.find(ID, 'alice'), null);
  t.is(await request({ ...settings, SESSION_SECRET }, cookie).drafts.find(ID, 'alice'), null);
});

test.serial('a draft is kept for an hour', async (t) => {
  const cookie = await kept();
  const { now } = Date;
  t.teardown(() => {
    Date.now = now;
  });
  Date.now = () => now() + 59 * 60_000;
  t.not(await request(settings, cookie).drafts.find(ID, 'alice'), null);
  Date.now = () => now() + 62 * 60_000;
  t.is(await request(settings, cookie).drafts.find(ID, 'alice'), null);
});

test('a draft that is no longer valid is dropped when another is kept', async (t) => {
  const { drafts, cookies } = request(settings, `guichet-draft-BBBBBBBBBBBB=Fe26.2*broken; ${await kept()}`);
  await drafts.keep('CCCCCCCCCCCC', draft);
  t.deepEqual(
    cookies().map((pair) => pair?.replace(/=Fe26.*/, '=…')),
    ['guichet-draft-CCCCCCCCCCCC=…', 'guichet-draft-BBBBBBBBBBBB='],
  );
});
