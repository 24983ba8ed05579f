import test from 'ava';
import { cookieContext } from '../testing/cookie-context.ts';
import { asCookieId, newCookieId, sealedCookies } from './sealed-cookies.ts';

const FIRST = 'AAAAAAAAAAAA';
const SECOND = 'BBBBBBBBBBBB';
const settings = {
  PUBLIC_URL: 'http://localhost',
  SESSION_SECRET: ['the first secret, long enough for sealing'] as [string, ...string[]],
};
const options = { purpose: 'note', ttlSeconds: 3600, countMax: 3, bytesMax: 4_000 };

/** The sealed cookies of a request with this `Cookie` header, and the cookies that its response sets. */
function request(
  cookie = '',
  { path, ...changes }: Partial<typeof settings & typeof options> & { path?: string } = {},
) {
  const { ctx, setCookies } = cookieContext(cookie);
  const all = { ...settings, ...options, ...changes };
  return {
    cookies: sealedCookies<{ text: string }>(all, all)(ctx, path),
    lines: setCookies,
  };
}

/** The `Cookie` header of a browser that keeps `texts` by id, oldest first. */
async function kept(texts: Record<string, string> = { [FIRST]: 'hello' }, changes = {}): Promise<string> {
  const pairs: string[] = [];
  for (const [id, text] of Object.entries(texts)) {
    const { cookies, lines } = request('', changes);
    await cookies.keep(id, { text });
    pairs.push(lines()[0]?.split(';')[0] ?? '');
  }
  return pairs.join('; ');
}

/** The ids of the cookies that a response drops. */
const dropped = (lines: readonly string[]) =>
  lines.flatMap((line) => /^guichet-note-([\w-]+)=;/.exec(line)?.[1] ?? []);

test('a value is opened by its id, and the browser can’t read it', async (t) => {
  const cookie = await kept();
  const { cookies } = request(cookie);
  t.like(await cookies.open(FIRST), { text: 'hello' });
  t.is(await cookies.open(SECOND), null);
  t.false(cookie.includes('hello'));
});

test('a cookie that was renamed, changed or sealed for another purpose opens nothing', async (t) => {
  const cookie = await kept();
  t.is(await request(cookie.replace(FIRST, SECOND)).cookies.open(SECOND), null);
  t.is(await request(cookie.replace(/.{4}$/, 'AAAA')).cookies.open(FIRST), null);
  const other = cookie.replace('guichet-note', 'guichet-draft');
  t.is(await request(other, { purpose: 'draft' }).cookies.open(FIRST), null);
});

test('a value survives the rotation of the secret, and not two of them', async (t) => {
  const cookie = await kept();
  const SESSION_SECRET: [string] = ['the second secret, long enough for sealing'];
  const rotated = {
    SESSION_SECRET: [...SESSION_SECRET, ...settings.SESSION_SECRET] as [string, ...string[]],
  };
  t.not(await request(cookie, rotated).cookies.open(FIRST), null);
  t.is(await request(cookie, { SESSION_SECRET }).cookies.open(FIRST), null);
});

test.serial('a value is kept for as long as its time to live', async (t) => {
  const cookie = await kept();
  const { now } = Date;
  t.teardown(() => {
    Date.now = now;
  });
  Date.now = () => now() + 59 * 60_000;
  t.not(await request(cookie).cookies.open(FIRST), null);
  Date.now = () => now() + 62 * 60_000;
  t.is(await request(cookie).cookies.open(FIRST), null);
});

test.serial('the oldest values that no longer fit are dropped, by number and by size', async (t) => {
  const { now } = Date;
  t.teardown(() => {
    Date.now = now;
  });
  let time = 1_800_000_000_000;
  Date.now = () => {
    time += 1_000;
    return time;
  };
  const cookie = await kept({ [FIRST]: 'oldest', [SECOND]: 'older', CCCCCCCCCCCC: 'new' });
  const byNumber = request(cookie);
  t.true(await byNumber.cookies.keep('DDDDDDDDDDDD', { text: 'newest' }));
  t.deepEqual(dropped(byNumber.lines()), [FIRST]);
  const bySize = request(cookie);
  t.true(await bySize.cookies.keep('DDDDDDDDDDDD', { text: 'x'.repeat(2_580) }));
  t.deepEqual(dropped(bySize.lines()).sort(), [FIRST, SECOND]);
});

test('a value that is kept again under its id replaces the earlier one', async (t) => {
  const { cookies, lines } = request(await kept(), { countMax: 1 });
  t.true(await cookies.keep(FIRST, { text: 'again' }));
  t.is(lines().length, 1);
  t.like(await request(lines()[0]?.split(';')[0]).cookies.open(FIRST), { text: 'again' });
});

test('a value that is too large is not kept, and nothing is dropped for it', async (t) => {
  const { cookies, lines } = request(await kept());
  t.false(await cookies.keep(SECOND, { text: 'x'.repeat(4_000) }));
  t.deepEqual(lines(), []);
});

test('a cookie that no longer opens is dropped when a value is kept', async (t) => {
  const { cookies, lines } = request(`guichet-note-${SECOND}=Fe26.2*broken; ${await kept()}`);
  await cookies.keep('CCCCCCCCCCCC', { text: 'new' });
  t.deepEqual(dropped(lines()), [SECOND]);
});

test('cookies of other names are left alone', async (t) => {
  const { cookies, lines } = request(`guichet-note-short=1; guichet-draft-${SECOND}=2; ${await kept()}`);
  t.deepEqual(cookies.ids(), [FIRST]);
  await cookies.keep('CCCCCCCCCCCC', { text: 'new' });
  t.is(lines().length, 1);
  for (const id of ['short', 'a; path=/', '']) {
    cookies.drop(id);
    t.is(await cookies.open(id), null);
  }
  t.is(lines().length, 1);
});

test('a cookie is hidden from scripts, and is bound to its pages and on HTTPS to the host', async (t) => {
  const nameAndPath = async (changes: Parameters<typeof request>[1]) => {
    const { cookies, lines } = request('', changes);
    await cookies.keep(FIRST, { text: 'hello' });
    const [line = ''] = lines();
    t.regex(line, /; httponly/i);
    t.regex(line, /; samesite=lax/i);
    t.regex(line, /; expires=/i);
    return [line.split('=')[0], /; path=([^;]*)/.exec(line)?.[1], /; secure/i.test(line)];
  };
  const secure = { PUBLIC_URL: 'https://bank.example' };
  t.deepEqual(await nameAndPath({}), [`guichet-note-${FIRST}`, '/', false]);
  t.deepEqual(await nameAndPath({ path: '/recover' }), [`guichet-note-${FIRST}`, '/recover', false]);
  t.deepEqual(await nameAndPath(secure), [`__Host-guichet-note-${FIRST}`, '/', true]);
  t.deepEqual(await nameAndPath({ ...secure, path: '/recover' }), [
    `__Secure-guichet-note-${FIRST}`,
    '/recover',
    true,
  ]);
});

test('only text in the form of a new id can be an id', (t) => {
  const id = newCookieId();
  t.is(asCookieId(id), id);
  t.not(newCookieId(), id);
  for (const bad of [`${id}A`, id.slice(1), `${id.slice(1)};`, `${id.slice(1)}=`, '', null, undefined, [id]])
    t.is(asCookieId(bad), null);
});
