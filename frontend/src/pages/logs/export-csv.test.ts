import type { LogEntry } from '@guichet/contract/logging';
import test from 'ava';
import { parse } from 'csv-parse/sync';
import { Browser } from '../../testing/browser.ts';
import { buildLogEntry, buildUser } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const frontend = await startFrontend();
test.after.always(() => frontend.close());

const alice = buildUser('alice', 'member');
const bruno = buildUser('bruno', 'agent');
const time = '2026-11-20T08:15:00.000Z';
const data = { type: 'external_transfer', amount: 12_000, currency: 'EUR' };
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0';
const entries = [
  buildLogEntry(3, bruno, { time, data: { ...data, status: 'rejected', reason: '=1+1' } }),
  buildLogEntry(2, alice, { time, data: { ...data, status: 'pending' } }),
  buildLogEntry(1, alice, {
    time,
    action: 'LOGIN',
    service: 'auth',
    data: { user_agent: firefox, new_device: true, ip: '192.0.2.14' },
  }),
];
const ndjson = (items: readonly LogEntry[]) => items.map((entry) => `${JSON.stringify(entry)}\n`).join('');

async function download(
  username: string,
  {
    path = '/logs/export',
    language = 'en',
    items = entries,
  }: Partial<Record<'path' | 'language', string>> & {
    items?: readonly LogEntry[];
  } = {},
) {
  const browser = new Browser(frontend.url);
  await browser.signIn(username);
  if (language === 'fr') await browser.submit('/language', { language, next: '/logs' }, '/logs');
  const exported = { status: 200, body: ndjson(items), headers: { 'content-type': 'application/x-ndjson' } };
  frontend.bank.answerNext('GET', '/api/logs/export', exported);
  const { html, headers } = await browser.get(path);
  const query = frontend.bank.requests.findLast((one) => one.path === '/api/logs/export')?.query;
  return { rows: parse(html, { bom: true }) as string[][], text: html, headers, query };
}

test.serial('a member downloads the sentences of the page, without what identifies entries', async (t) => {
  const { rows, text, headers } = await download('alice');
  t.deepEqual(rows, [
    ['Date and time', 'Event', 'Device', 'IP address', 'Reason'],
    ['2026-11-20 09:15:00', 'bruno rejected a transfer of €120.00', '', '', "'=1+1"],
    ['2026-11-20 09:15:00', 'You requested a transfer of €120.00', '', '', ''],
    [
      '2026-11-20 09:15:00',
      'You signed in from Firefox on Linux',
      'Firefox on Linux · New device',
      '192.0.2.14',
      '',
    ],
  ]);
  for (const { hash, message, correlation_id, trace_id } of entries)
    for (const hidden of [hash, message, correlation_id ?? '-', trace_id ?? '-'])
      t.false(text.includes(hidden), hidden);
  t.is(headers['content-type'], 'text/csv; charset=utf-8');
  t.regex(
    String(headers['content-disposition']),
    /^attachment; filename="Activity alice \d{4}-\d\d-\d\d\.csv"$/,
  );
});

test.serial('the download has the filters of the page, and no others', async (t) => {
  const path = '/logs/export?topic=money&from=2026-11-01&format=csv&limit=1&visible=all';
  const { query } = await download('alice', { path });
  t.deepEqual(Object.fromEntries(query ?? []), { topic: 'money', from: '2026-11-01', format: 'ndjson' });
});

test.serial('the staff download sentences too, and what identifies each entry', async (t) => {
  const { rows } = await download('bruno');
  const [headings = [], first = []] = rows;
  const cell = (heading: string) => first[headings.indexOf(heading)];
  t.is(cell('Event'), 'bruno rejected a transfer of €120.00');
  t.is(cell('User'), 'bruno');
  t.is(cell('Sequence'), '3');
  t.is(cell('Trace ID'), '4bf92f3577b34da6a3ce929d0e0e4736');
  t.is(cell('Hash'), entries[0]?.hash);
  t.deepEqual(JSON.parse(cell('Details') ?? ''), entries[0]?.data);
});

test.serial('a log without entries is a file with headings; a long one loses no line', async (t) => {
  t.is((await download('alice', { items: [] })).rows.length, 1);
  const many = Array.from({ length: 1_001 }, (_, index) => buildLogEntry(index + 1, alice, { time }));
  t.is((await download('alice', { items: many })).rows.length, 1_002);
});

test.serial(
  'a refusal is a page, not a file, and a file that breaks off is not taken for a whole one',
  async (t) => {
    const browser = new Browser(frontend.url);
    await browser.signIn('alice');
    frontend.bank.answerNext('GET', '/api/logs/export', { status: 503, body: problem(503, 'unavailable') });
    const refused = await browser.get('/logs/export');
    t.is(refused.status, 503);
    t.is(refused.headers['content-disposition'], undefined);
    const cut: object = { status: 200, body: `${ndjson(entries)}{"id":"0192` };
    frontend.bank.answerNext('GET', '/api/logs/export', cut as { status: number });
    await t.throwsAsync(browser.get('/logs/export'));
  },
);

test.serial('in French the file is French', async (t) => {
  const { rows, headers } = await download('alice', { language: 'fr' });
  t.deepEqual(rows.slice(0, 2), [
    ['Date et heure', 'Événement', 'Appareil', 'Adresse IP', 'Motif'],
    ['2026-11-20 09:15:00', 'bruno a refusé un virement de 120,00\u00a0€', '', '', "'=1+1"],
  ]);
  t.regex(
    String(headers['content-disposition']),
    /filename="Activite alice [^"]+"; filename\*=UTF-8''Activit%C3%A9%20alice/,
  );
});
