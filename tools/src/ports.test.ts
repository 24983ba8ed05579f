import { createServer, type Server } from 'node:net';
import { isFree } from '@guichet/ports';
import test from 'ava';
import { requestedPort } from './ports.ts';

async function taken(t: { teardown(end: () => void): void }): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return (server.address() as { port: number }).port;
}

test('a port in use is refused with a sentence that names it and suggests another', async (t) => {
  const port = await taken(t);
  const error = await t.throwsAsync(requestedPort('PORT', 8080, { PORT: String(port) }));
  t.is(
    error?.message,
    `Port ${port} is in use by another program: stop it, or choose another port, for example PORT=${port + 1} npm start`,
  );
});

test('an invalid port is refused with the name of its setting', async (t) => {
  for (const text of ['eighty', '-1', '65536', '80.5']) {
    await t.throwsAsync(requestedPort('MAIL_UI_PORT', 8025, { MAIL_UI_PORT: text }), {
      message: /^MAIL_UI_PORT=.* is not a port/,
    });
  }
});

test('0 asks for any free port', async (t) => {
  const port = await requestedPort('PORT', 8080, { PORT: '0' });
  t.true(port > 1024);
  t.true(await isFree(port));
});
