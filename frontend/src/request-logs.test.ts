import { createLog } from '@guichet/log';
import { defaultRegistry } from '@guichet/metrics';
import test from 'ava';
import { request } from 'undici';
import { Browser } from './testing/browser.ts';
import { privateWordIn } from './testing/private-words.ts';
import { startFrontend } from './testing/start-frontend.ts';

const SECRET = 'a-secret-of-a-mailed-link';

test('no line of the log and no metric has a query, whatever fails', async (t) => {
  const lines: string[] = [];
  const log = createLog({ service: 'frontend', level: 'trace' }, { write: (line) => void lines.push(line) });
  const frontend = await startFrontend({ log });
  t.teardown(() => frontend.close());
  const browser = new Browser(frontend.url);
  await browser.get(`/recover?token=${SECRET}`);
  await browser.signIn('bruno');
  const searched = String((await browser.submit('/accounts', { q: 'Lefèvre' })).headers.location);
  const api = (path: string) => request(frontend.url + path).then(({ body }) => body.dump());
  for (const isDown of [false, true]) {
    if (isDown)
      for (const service of ['auth', 'accounts', 'logging'] as const) frontend.bank.down.add(service);
    await browser.get(searched);
    await browser.get('/customers?q=Lef%C3%A8vre');
    await browser.get('/nothing?q=Lef%C3%A8vre');
    await browser.post('/customers?q=Lef%C3%A8vre', { q: 'Lefèvre' });
    await browser.get(`/confirm-email?token=${SECRET}`);
    for (const path of ['/api/accounts', '/api/auth/users', '/api/logs', '/api/nothing', '/api/%zz'])
      await api(`${path}?q=Lef%C3%A8vre&requester=alice`);
  }
  const sealed = /search=([\w-]+)/.exec(searched)?.[1] ?? '';
  t.true(lines.length > 20, `${lines.length} lines`);
  t.true(lines.some((line) => line.includes('"/accounts"')));
  t.true(lines.some((line) => line.includes('page failed')));
  for (const line of [...lines, ...(await defaultRegistry.metrics()).split('\n')]) {
    t.is(privateWordIn(line), null, line);
    t.false(
      [SECRET, sealed, '?q='].some((text) => line.includes(text)),
      line,
    );
  }
});
