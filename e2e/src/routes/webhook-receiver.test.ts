import type { AddressInfo } from 'node:net';
import test from 'ava';
import { openTestBank } from '../../../services/accounts/src/fixtures.ts';
import { deliverNow } from '../../../services/accounts/src/webhooks/deliver-messages.ts';
import { openReceiver, subscribe } from '../../../services/accounts/src/webhooks/fixtures.ts';
import { receiver as exampleReceiver } from '../../examples/webhook-receiver.ts';

test('the receiver of the documentation takes each message of the bank once, and no forged one', async (t) => {
  const bank = await openTestBank();
  bank.time.now = new Date();
  const wire = await openReceiver(bank);
  t.teardown(async () => {
    await wire.stop();
    await bank.close();
  });
  const [agent, alice] = [await bank.person('agent'), await bank.person('member')];
  const account = await bank.account(alice, agent);
  const { secret } = await subscribe(bank, alice, wire.url(), ['account.credited']);
  const body = { type: 'deposit', account_id: account, amount: 4_200 };
  const { id } = (await bank.client.post('/api/operations', body, { token: alice.token })).body;
  await bank.approve(agent, id);
  await deliverNow(bank.deps);
  const [message] = wire.received;
  if (message === undefined) return t.fail('nothing was sent');

  const handled: unknown[] = [];
  const server = exampleReceiver(secret, async ({ type, data }) => {
    handled.push([type, data.amount]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const deliver = async (text: string) => {
    const { 'content-length': _, ...headers } = message.headers;
    return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: text })).status;
  };
  t.is(await deliver(message.body), 204);
  t.is(await deliver(message.body), 204, 'an attempt that is repeated is acknowledged');
  t.is(await deliver(message.body.replace('4200', '9900')), 400);
  t.deepEqual(handled, [['account.credited', 4_200]]);
});
