import { newSessionFor } from '../../testing/answers/signed-out.ts';
import { hiddenFields, locationOf } from '../../testing/browser.ts';
import { buildUser, fakeId } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { type SignedIn, testSignedInAs } from '../../testing/signed-in.ts';

const test = testSignedInAs('alice');

const BRUNO = { username: 'bruno', password: 'correct horse battery' };
const SIGNED = { challenge_id: fakeId(14, 1), credential: '{"id":"AAAA"}' };
const asBruno = { status: 200, body: newSessionFor(buildUser('bruno', 'agent')) };

/** The users who owned the tokens that ended a session. */
const ended = ({ bank }: SignedIn) =>
  bank.requests.flatMap(({ path, headers }) => (path === '/api/auth/logout' ? [headers.authorization] : []));

test('a sign-in over an open session ends the earlier one', async (t) => {
  const { browser } = t.context;
  const signedIn = await browser.submit('/login', BRUNO, '/profile');
  t.is(locationOf(signedIn), '/inbox');
  t.deepEqual(ended(t.context), ['Bearer access-member']);
  t.is((await browser.get('/inbox')).status, 200);
});

test('so does one with a passkey', async (t) => {
  const { browser, bank } = t.context;
  bank.answerNext('POST', '/api/auth/login/passkey', asBruno);
  const fields = hiddenFields((await browser.get('/profile')).html, '/login');
  t.is(locationOf(await browser.post('/login/passkey', { ...fields, ...SIGNED })), '/inbox');
  t.deepEqual(ended(t.context), ['Bearer access-member']);
});

test('so does one in two steps, once both are done', async (t) => {
  const { browser, bank } = t.context;
  const asked = { ...problem(401, 'totp_required'), sign_in: 'a-ticket', methods: ['totp'] };
  bank.answerNext('POST', '/api/auth/login', { status: 401, body: asked });
  const step = locationOf(await browser.submit('/login', BRUNO, '/profile'));
  t.deepEqual(ended(t.context), []);
  bank.answerNext('POST', '/api/auth/login/second-factor', asBruno);
  t.is(locationOf(await browser.submit(step, { totp: '123456' }, '/profile')), '/inbox');
  t.deepEqual(ended(t.context), ['Bearer access-member']);
});

test('a refused one leaves it open', async (t) => {
  const { browser } = t.context;
  const refused = await browser.submit('/login', { ...BRUNO, password: 'wrong' }, '/profile');
  t.regex(locationOf(refused), /^\/login\?draft=/);
  t.deepEqual(ended(t.context), []);
  t.is((await browser.get('/dashboard')).status, 200);
});

test('one that auth can’t end doesn’t keep the user out', async (t) => {
  const { browser, bank } = t.context;
  for (const answer of [
    { status: 503, body: problem(503, 'unavailable') },
    { status: 401, body: problem(401, 'unauthenticated') },
  ]) {
    bank.answerNext('POST', '/api/auth/logout', answer);
    if (answer.status === 401)
      bank.answerNext('POST', '/api/auth/refresh', {
        status: 401,
        body: problem(401, 'invalid_refresh_token'),
      });
    t.is(locationOf(await browser.submit('/login', BRUNO, '/profile')), '/inbox');
    t.is((await browser.get('/inbox')).status, 200);
  }
});
