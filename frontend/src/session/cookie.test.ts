import test from 'ava';
import { cookieContext } from '../testing/cookie-context.ts';
import { sessionOpener } from './cookie.ts';
import { sealingFor } from './seal.ts';

const settings = {
  PUBLIC_URL: 'http://localhost',
  SESSION_SECRET: ['the first secret, long enough for sealing'],
} as const;
const SESSION_SECRET = ['the second secret, long enough for sealing'] as const;
const third = 'the third secret, long enough for sealing';
const rotated = {
  ...settings,
  SESSION_SECRET: [...SESSION_SECRET, third, ...settings.SESSION_SECRET] as const,
};

async function open(options: Parameters<typeof sessionOpener>[0], cookie = '') {
  const { ctx, setCookies } = cookieContext(cookie);
  const { session, save } = await sessionOpener(options)(ctx);
  const saved = async () => {
    await save();
    return setCookies()[0]?.split(';')[0] ?? '';
  };
  return { session, saved };
}

test('a session survives the rotation of the secret, and is sealed with the new one when it is saved', async (t) => {
  const { session, saved } = await open(settings);
  session.csrf = 'a token';
  const before = await saved();
  const opened = await open(rotated, before);
  t.is(opened.session.csrf, 'a token');
  const after = await opened.saved();
  t.is((await open({ ...settings, SESSION_SECRET }, after)).session.csrf, 'a token');
  t.is((await open({ ...settings, SESSION_SECRET }, before)).session.csrf, undefined);
});

test('a cookie that was changed, or sealed for another purpose, opens as an empty session', async (t) => {
  const { session, saved } = await open(settings);
  session.csrf = 'a token';
  const cookie = await saved();
  t.is((await open(settings, cookie)).session.csrf, 'a token');
  const changed = cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
  const draft = await sealingFor('draft', settings.SESSION_SECRET, 60).seal({ csrf: 'a token' });
  for (const other of [changed, `guichet=${draft}`, 'guichet=', 'guichet=Fe26.2*nothing'])
    t.deepEqual({ ...(await open(settings, other)).session }, {}, other);
});

test('a session too large for a browser’s cookie is refused instead of lost', async (t) => {
  const { session, saved } = await open(settings);
  session.csrf = 'x'.repeat(4_096);
  await t.throwsAsync(saved, { message: /a session of \d+ bytes/ });
});
