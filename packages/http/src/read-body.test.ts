import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { readJsonBody } from './read-body.ts';

const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

/** A request whose head, and perhaps part of whose body, has arrived. */
async function receive(t: { teardown(end: () => void): void }, sent: string) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  t.teardown(() => {
    client.destroy();
    server.close();
  });
  client.write(sent);
  const [request] = (await once(server, 'request')) as [IncomingMessage];
  return { request, client };
}

test('a body is read whole, in however many parts it arrives', async (t) => {
  const { request, client } = await receive(t, `${HEAD}Content-Length: 11\r\n\r\n{"a"`);
  const reading = readJsonBody(request, 11);
  for (const part of [':"', 'é"', ' }']) {
    await sleep(20);
    client.write(part);
  }
  t.deepEqual(await reading, { a: 'é' });
});

test('a client that disconnects before or while its body is read is refused, and never waited for', async (t) => {
  const during = await receive(t, `${HEAD}Content-Length: 9\r\n\r\n{"a"`);
  const reading = readJsonBody(during.request, 100);
  during.client.resetAndDestroy();
  await t.throwsAsync(reading, { message: /incomplete/ });

  const before = await receive(t, `${HEAD}Content-Length: 9\r\n\r\n{"a"`);
  before.client.destroy();
  await new Promise<void>((resolve) => before.request.once('close', resolve));
  await t.throwsAsync(readJsonBody(before.request, 100), { message: /incomplete/ });
});
