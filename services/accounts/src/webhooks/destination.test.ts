import type { LookupFunction } from 'node:net';
import type { Problem } from '@guichet/errors';
import test from 'ava';
import { openTestBank } from '../fixtures.ts';
import { deliverNow } from './deliver-messages.ts';
import { type Destinations, isPublicAddress, pinAddresses, readWebhookUrl } from './destination.ts';
import { openReceiver, subscribe } from './fixtures.ts';

const destinations = (allowed: string[] = [], addresses: string[] = []): Destinations => ({
  allowedHosts: new Set(allowed),
  resolve: async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
});

const REFUSED: Record<string, string> = {
  '10.0.0.1': 'private',
  '172.16.0.1': 'private',
  '172.31.255.255': 'private',
  '192.168.1.1': 'private',
  '127.0.0.1': 'loopback',
  '127.255.255.255': 'loopback',
  '0.0.0.0': 'unspecified',
  '0.1.2.3': 'this network',
  '169.254.169.254': 'metadata',
  '169.254.0.1': 'link-local',
  '100.64.0.1': 'carrier-grade NAT',
  '100.100.100.200': 'metadata in the shared range',
  '168.63.129.16': 'metadata at a public address',
  '192.0.0.192': 'metadata in the reserved range',
  '192.0.2.1': 'documentation',
  '198.18.0.1': 'benchmarks',
  '198.51.100.1': 'documentation',
  '203.0.113.1': 'documentation',
  '224.0.0.1': 'multicast',
  '240.0.0.1': 'reserved',
  '255.255.255.255': 'broadcast',
  '::': 'unspecified',
  '::1': 'loopback',
  'fe80::1': 'link-local',
  'fec0::1': 'site-local',
  'fc00::1': 'unique-local',
  'fd00:ec2::254': 'metadata',
  'ff02::1': 'multicast',
  '::ffff:10.0.0.1': 'IPv4-mapped',
  '::ffff:8.8.8.8': 'IPv4-mapped, even if public',
  '::10.0.0.1': 'IPv4-compatible',
  '::ffff:0:10.0.0.1': 'IPv4-translated',
  '64:ff9b::a9fe:a9fe': 'NAT64',
  '64:ff9b::808:808': 'NAT64, even if public',
  '64:ff9b:1::1': 'local NAT64',
  '2001::1': 'Teredo',
  '2001:db8::1': 'documentation',
  '2002:a00:1::': '6to4',
  '100::1': 'discard',
  '4000::1': 'not allocated',
  nonsense: 'no address',
};

for (const [address, why] of Object.entries(REFUSED))
  test(`${address} is not public: ${why}`, (t) => t.false(isPublicAddress(address)));

for (const address of [
  '8.8.8.8',
  '1.1.1.1',
  '172.15.0.1',
  '172.32.0.1',
  '2606:4700:4700::1111',
  '2a00:1450::1',
])
  test(`${address} is public`, (t) => t.true(isPublicAddress(address)));

const UNSAFE_URLS = [
  'http://example.com/',
  'ftp://example.com/',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'https://user@example.com/',
  'https://user:pw@example.com/',
  'https://example.com:8443/',
  'https://example.com:80/',
  'https://example.com/#part',
  'example.com',
  '/hook',
  'https://',
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://１２７.0.0.1/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[fd00:ec2::254]/',
  'https://169.254.169.254/latest/meta-data/',
];
for (const url of UNSAFE_URLS)
  test(`no webhook points to ${url}`, (t) => {
    const error = t.throws<Problem>(() => readWebhookUrl(url, destinations()));
    t.is(error?.code, 'unsafe_url');
  });

test('a name is written in ASCII, and a host that the operator named may have any address and port', (t) => {
  t.is(
    readWebhookUrl('https://exämple.com:443/a b', destinations()).href,
    'https://xn--exmple-cua.com/a%20b',
  );
  const named = destinations(['receiver.internal', 'other.internal:8443']);
  t.notThrows(() => readWebhookUrl('https://receiver.internal:9000/', named));
  t.notThrows(() => readWebhookUrl('https://other.internal:8443/', named));
  t.throws(() => readWebhookUrl('https://other.internal:8444/', named));
  t.throws(() => readWebhookUrl('https://a.receiver.internal:9000/', named));
});

test('a host is refused if one of its addresses is not public, and connected to where it was checked', async (t) => {
  const url = new URL('https://example.com/');
  await t.throwsAsync(pinAddresses(url, destinations([], ['8.8.8.8', '10.0.0.1'])), {
    name: 'UnsafeAddressError',
  });
  await t.throwsAsync(pinAddresses(url, destinations([], [])), { name: 'UnsafeAddressError' });
  let now = '8.8.8.8';
  const rebinding = { allowedHosts: new Set<string>(), resolve: async () => [{ address: now, family: 4 }] };
  const lookup = await pinAddresses(url, rebinding);
  now = '169.254.169.254';
  t.is(await lookedUp(lookup), '8.8.8.8');
});

const lookedUp = (lookup: LookupFunction) =>
  new Promise((resolve) => lookup('example.com', {}, (_error, address) => resolve(address)));

test('a webhook is checked when it is created and again at each delivery and test', async (t) => {
  const bank = await openTestBank();
  const receiver = await openReceiver(bank);
  t.teardown(async () => {
    await receiver.stop();
    await bank.close();
  });
  const [agent, alice] = [await bank.person('agent'), await bank.person('member')];
  const account = await bank.account(alice, agent);
  const create = (url: string) =>
    bank.client.post('/api/webhooks', { url, events: ['operation.requested'] }, { token: alice.token });
  let address = '10.0.0.7';
  bank.deps.webhooks.resolve = async () => [{ address, family: 4 }];
  t.is((await create('https://hooks.example.com/')).body.code, 'unsafe_url');
  t.is((await create('https://127.0.0.1/')).body.code, 'unsafe_url');
  t.is(
    (await create(`https://localhost:${Number(new URL(receiver.url()).port) + 1}/`)).body.code,
    'unsafe_url',
  );

  address = '127.0.0.1';
  const { id } = await subscribe(bank, alice, receiver.url(), ['operation.requested']);
  // No longer allowed by the setting: what it resolves to now is not public.
  bank.deps.webhooks.allowedHosts = new Set();
  await bank.owner('webhooks').update({ url: 'https://rebound.example.com/' });
  const body = { type: 'deposit', account_id: account, amount: 1 };
  await bank.client.post('/api/operations', body, { token: alice.token });
  await deliverNow(bank.deps);
  const tested = await bank.client.post(`/api/webhooks/${id}/test`, undefined, { token: alice.token });
  t.like(tested.body, { status: 'dead', error: 'unsafe_url', response_status: null });
  const { items } = (await bank.client.get(`/api/webhooks/${id}/deliveries`, { token: alice.token })).body;
  t.like(items.at(-1), { status: 'waiting', attempts: 1, error: 'unsafe_url' });
  t.deepEqual(receiver.received, []);
});
