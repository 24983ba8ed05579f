import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import Koa from 'koa';
import { Browser } from '../testing/browser.ts';
import { startFrontend } from '../testing/start-frontend.ts';
import { dropStalledClients } from './stalled-clients.ts';

function open(t: ExecutionContext, url: string, text: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.on('error', () => undefined).write(text);
  return socket;
}

const formHead = (length: number) =>
  `POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${length}\r\n\r\n`;

test('300 unfinished forms leave the pages usable, and a form that is too large gets 413', async (t) => {
  const frontend = await startFrontend();
  t.teardown(() => frontend.close());
  for (let count = 0; count < 300; count += 1) open(t, frontend.url, `${formHead(90)}username=a`);
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  t.is((await browser.get('/dashboard')).status, 200);
  const large = await browser.submit('/login', { username: 'x'.repeat(17_000), password: 'x' });
  t.is(large.status, 413);
});

test('a page requested in absolute form is the same page', async (t) => {
  const frontend = await startFrontend();
  t.teardown(() => frontend.close());
  const socket = open(
    t,
    frontend.url,
    'GET http://bank/login HTTP/1.1\r\nHost: bank\r\nConnection: close\r\n\r\n',
  );
  let text = '';
  for await (const chunk of socket) text += chunk;
  t.regex(text, /^HTTP\/1\.1 200 [\s\S]*name="username"/);
});

test('a client that reads nothing of its response is disconnected', async (t) => {
  const app = new Koa();
  app.silent = true;
  app.use(dropStalledClients({ lookEveryMs: 20, stalledAfterMs: 100 }));
  const closed = Promise.withResolvers<ServerResponse>();
  app.use((ctx) => {
    ctx.res.once('close', () => closed.resolve(ctx.res));
    ctx.body = 'x'.repeat(32 * 1024 * 1024);
  });
  const server = createServer(app.callback());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  open(t, `http://127.0.0.1:${port}`, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n').pause();
  t.false((await closed.promise).writableFinished, 'not because it was all taken');
});
