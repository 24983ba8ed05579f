import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import test from 'ava';
import { Browser } from '../../testing/browser.ts';
import { buildLogEntry, buildUser } from '../../testing/fixtures.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

test('the live tail sends the sentences of the list, in the language of the page', async (t) => {
  const frontend = await startFrontend();
  t.teardown(() => frontend.close());
  const browser = new Browser(frontend.url);
  await browser.signIn('bruno');
  await browser.submit('/language', { language: 'fr', next: '/logs' }, '/logs');
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const sent = request(`${frontend.url}/logs/stream`, { headers: { cookie } });
  t.teardown(() => sent.destroy());
  sent.on('error', () => undefined).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  t.is(response.headers['content-type'], 'text/event-stream; charset=utf-8');

  const alice = buildUser('alice', 'member');
  const data = { type: 'external_transfer', status: 'pending', amount: 12_000, currency: 'EUR' };
  const entry = buildLogEntry(1_001, alice, { sequence: 1_001, time: '2026-11-20T08:15:00.000Z', data });
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk;
    if (text.endsWith('\n\n') && !text.includes('data:')) frontend.bank.stream.publish(entry);
    if (/data: .*\n\n$/.test(text)) break;
  }
  t.regex(text, /^retry: 2000\nid: \d+\n\n/);
  t.regex(text, /^id: 1001$/m);
  t.deepEqual(JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? ''), {
    time: '20 nov. 2026, 09:15:00',
    level: 'INFO',
    levelName: 'Info',
    action: 'Virement demandé',
    sentence: 'alice a demandé un virement de 120,00\u00a0€',
    actor: 'alice',
    service: 'accounts',
  });
});
