import test from 'ava';
import { hiddenFields, locationOf } from '../../testing/browser.ts';
import { buildUser, fakeId } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { signedIn } from '../../testing/signed-in.ts';

const alice = buildUser('alice', 'member');
const page = `/customers/${alice.id}`;
const form = `${page}/notes`;
const api = `/api/auth/users/${alice.id}/notes`;

const section = (html: string): string =>
  /<section[^>]*aria-labelledby="notes"[\s\S]*?<\/section>/.exec(html)?.[0] ?? '';
const noteOf = (text: string, number = 1) => ({
  id: fakeId(12, number),
  text,
  author: { id: fakeId(1, 2), username: 'bruno' },
  created_at: '2026-11-20T10:30:00.000Z',
});

test('the customer’s page has the newest notes with author and time, and a link where there are more', async (t) => {
  const { browser, bank } = await signedIn(t, 'bruno');
  const few = section((await browser.get(page)).html);
  t.regex(few, /the lease by post\.[\s\S]*bruno[\s\S]*10:30[\s\S]*Moved from Lyon/);
  t.false(few.includes(`href="${form}"`));
  bank.answerNext('GET', api, { status: 200, body: { items: [noteOf('One of many')], next: 'more' } });
  t.true(section((await browser.get(page)).html).includes(`href="${form}"`));
});

test('a note is plain text: markup is shown as it was typed, with its line breaks', async (t) => {
  const { browser, bank } = await signedIn(t, 'bruno');
  const text = '<script>alert(1)</script>\n<b>Second</b> line & more';
  bank.answerNext('GET', api, { status: 200, body: { items: [noteOf(text)], next: null } });
  const { html } = await browser.get(page);
  t.regex(
    section(html),
    /whitespace-pre-line" dir="auto">&lt;script&gt;alert\(1\)&lt;\/script&gt;\n&lt;b&gt;Second&lt;\/b&gt; line &amp; more</,
  );
});

test('a note is added once, however often the form is sent, and shown on the customer’s page', async (t) => {
  const { browser, bank } = await signedIn(t, 'bruno');
  const { html } = await browser.get(page);
  const fields = { ...hiddenFields(html, form), text: ' First line\r\nSecond line ' };
  bank.delayNext('POST', api, 300);
  const answers = await Promise.all([browser.post(form, fields), browser.post(form, fields)]);
  for (const { status, headers } of answers) t.deepEqual([status, headers.location], [303, `${page}#notes`]);
  t.deepEqual(
    bank.carriedOut.map(({ body }) => body),
    [{ text: 'First line\nSecond line' }],
  );
  t.regex((await browser.get(page)).html, /Note added/);
});

test('an empty note is refused on the customer’s page, and a form without its key is not sent', async (t) => {
  const { browser, bank } = await signedIn(t, 'bruno');
  const refused = await browser.submit(form, { text: ' \r\n ' }, page);
  t.true(locationOf(refused).startsWith(`${page}?draft=`));
  const shown = await browser.follow(refused);
  t.regex(shown.html, /id="error-summary"[\s\S]*href="#f-text"/);
  t.is((await browser.submit(form, { text: 'x', idempotency_key: '' }, page)).status, 403);
  t.is(bank.carriedOut.length, 0);
});

test('a note that the bank refuses keeps its text, also if it is too long for a cookie', async (t) => {
  const { browser, bank } = await signedIn(t, 'bruno');
  const errors = [{ path: 'text', message: 'too long' }];
  const refusal = { status: 400, body: { ...problem(400, 'invalid_request'), errors } };
  for (const text of ['Kept', `${'à€😀 '.repeat(800)}`.trim()]) {
    bank.answerNext('POST', api, refusal);
    const shown = await browser.follow(await browser.submit(form, { text }, page));
    t.true(shown.html.includes(`>\n${text}</textarea>`), text.slice(0, 20));
    t.regex(shown.html, /id="f-text-error"/);
  }
});

test('the longest note in any language fits into the form', async (t) => {
  const { browser, bank } = await signedIn(t, 'bruno');
  const text = '😀'.repeat(2_000);
  t.is((await browser.submit(form, { text }, page)).status, 303);
  t.deepEqual(bank.carriedOut[0]?.body, { text });
});

test('the superuser reads the notes and has no form; members reach neither', async (t) => {
  const { browser, bank } = await signedIn(t, 'root');
  for (const path of [page, form]) {
    const { html } = await browser.get(path);
    t.regex(html, /Moved from Lyon/);
    t.notRegex(html, /<textarea/);
  }
  t.is((await browser.submit(form, { text: 'x' }, '/agents')).status, 403);
  const member = await signedIn(t, 'alice');
  t.is((await member.browser.get(form)).status, 403);
  t.is((await member.browser.submit(form, { text: 'x' }, '/dashboard')).status, 403);
  for (const used of [bank, member.bank]) t.is(used.carriedOut.length, 0);
});

test('while auth is down, the page says that the notes are missing and offers no form', async (t) => {
  const { browser, bank } = await signedIn(t, 'bruno');
  bank.down.add('auth');
  const notes = section((await browser.get(page)).html);
  t.regex(notes, /can’t show this right now/);
  t.notRegex(notes, /<textarea/);
});

test('older notes are on further pages', async (t) => {
  const { browser, bank } = await signedIn(t, 'bruno');
  bank.answerNext('GET', api, { status: 200, body: { items: [noteOf('Newer')], next: 'older' } });
  const { html } = await browser.get(form);
  t.true(html.includes(`href="${form}?cursor=older"`));
  const older = await browser.get(`${form}?cursor=older`);
  t.is(bank.requests.findLast(({ path }) => path === api)?.query.get('cursor'), 'older');
  t.notRegex(older.html, /<textarea/);
  t.true(older.html.includes(`href="${form}"`));
});
