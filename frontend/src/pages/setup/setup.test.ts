import { access } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { accountsState, loggingState } from '../../testing/bank-state.ts';
import { buildLogEntry } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { signedIn } from '../../testing/signed-in.ts';

async function open(t: ExecutionContext, as = 'root') {
  const { bank, browser } = await signedIn(t, as);
  // The fixtures' log has entries of every service.
  bank.answerNext('GET', '/api/logs', { status: 200, body: { items: [], next: null } });
  return { browser, bank };
}

const section = (html: string, area: string): string =>
  new RegExp(`<section[^>]*aria-labelledby="area-${area}"[\\s\\S]*?</section>`).exec(html)?.[0] ?? '';

test('a bank in order says so, and asks each service once', async (t) => {
  const { browser, bank } = await open(t);
  const { html } = await browser.get('/setup');
  t.regex(html, /Everything is in order/);
  t.notRegex(html, /What to do/);
  t.notRegex(html, /<details[^>]* open>/, 'nothing has to be read');
  t.regex(section(html, 'database'), /11\.8\.3-MariaDB/);
  t.regex(section(html, 'chain'), /1204 of 1204 entries/);
  const called = bank.requests.filter(({ path }) => path.endsWith('/setup-state')).map(({ path }) => path);
  t.deepEqual(called.sort(), ['/api/accounts/setup-state', '/api/auth/setup-state', '/api/logs/setup-state']);
  const log = bank.requests.findLast(({ path }) => path === '/api/logs');
  t.is(log?.query.get('service'), 'mailer');
  const sinceMs = Date.now() - Date.parse(log?.query.get('from') ?? '');
  t.true(Math.abs(sinceMs - 86_400_000) < 60_000);
});

test('what is wrong is counted on top and says what to do, with a runbook that exists', async (t) => {
  const { browser, bank } = await open(t);
  const outbox = { waiting: 12, oldest_seconds: 601, refused: 0 };
  bank.answerNext('GET', '/api/accounts/setup-state', { status: 200, body: { ...accountsState, outbox } });
  const chain = { head: 9, verified: { at: '2026-11-20T16:00:00.000Z', ok: false, checked: 4 } };
  bank.answerNext('GET', '/api/logs/setup-state', { status: 200, body: { ...loggingState, chain } });
  const { html } = await browser.get('/setup');
  t.regex(html, /2 things need your attention/);
  t.regex(section(html, 'outbox'), /12 events to publish; the oldest is 601\ss old/);
  for (const area of ['outbox', 'chain']) t.regex(section(html, area), /<details[^>]* open>/);
  t.regex(section(html, 'chain'), /Broken\. Verified on 20 Nov 2026/);
  const runbooks = [...html.matchAll(/docs\/<wbr>operations\/<wbr>[\w-]+\.md/g)].map(([path]) =>
    path.replaceAll('<wbr>', ''),
  );
  t.is(runbooks.length, 2);
  for (const path of runbooks)
    await t.notThrowsAsync(access(join(import.meta.dirname, '..', '..', '..', '..', path)), path);
});

for (const [service, unknown] of [
  ['auth', 'signing_keys'],
  ['accounts', 'outbox'],
  ['logging', 'chain'],
] as const) {
  test(`while ${service} is down, it is shown as down, what it knows as unknown, and the rest as it is`, async (t) => {
    const { browser, bank } = await open(t);
    bank.down.add(service);
    const { status, html } = await browser.get('/setup');
    t.is(status, 200);
    t.notRegex(html, /We can’t show everything/, 'the page says it more exactly');
    t.regex(section(html, 'services'), new RegExp(`${service}</span>Not responding`));
    t.regex(section(html, unknown), /Unknown/);
    t.regex(section(html, 'certificates'), /frontend<\/span>Own certificate valid/);
  });
}

test('a service of an older release, without the route, is like one that doesn’t answer', async (t) => {
  const { browser, bank } = await open(t);
  bank.answerNext('GET', '/api/auth/setup-state', { status: 404, body: problem(404, 'not_found') });
  const { status, html } = await browser.get('/setup');
  t.is(status, 200);
  t.regex(section(html, 'services'), /auth<\/span>Not responding/);
});

test('the mailer’s trouble of the last day is shown with its time and a link to the log', async (t) => {
  const { frontend, browser } = await signedIn(t, 'root');
  const entry = buildLogEntry(1, null, { action: 'SERVICE_WARNING', service: 'mailer', level: 'WARNING' });
  frontend.bank.answerNext('GET', '/api/logs', { status: 200, body: { items: [entry], next: null } });
  const mail = section((await browser.get('/setup')).html, 'mail');
  t.regex(mail, /last reported trouble on[\s\S]*mail-server-down\.md/);
  t.true(mail.includes('href="/logs?service=mailer"'));
});

test('only the superuser sees the page, and no one else’s request reaches the services', async (t) => {
  for (const who of ['alice', 'bruno']) {
    const { browser, bank } = await open(t, who);
    t.is((await browser.get('/setup')).status, 403, who);
    t.false(bank.requests.some(({ path }) => path.endsWith('/setup-state')));
  }
});
