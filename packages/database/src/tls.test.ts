import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, databaseAddresses } from '@guichet/config';
import { silentLog } from '@guichet/log';
import { eventually, testAuthority, testDatabase, withKnex } from '@guichet/testing';
import test from 'ava';
import { databaseAnswers, openDatabase } from './open.ts';
import { startTlsFront } from './tls-front.fixture.ts';

const { settings, drop } = await testDatabase();
const authority = await testAuthority();
const foreign = await testAuthority();
const trusting = await authority.issue('auth');
test.after.always(async () => {
  await drop();
  await authority.remove();
  await foreign.remove();
});

const [server] = databaseAddresses(settings) as [Address];

async function overTls(
  t: { teardown(end: () => unknown): void },
  { certificate, host, directory = trusting }: { certificate: string; host: string; directory?: string },
) {
  const front = await startTlsFront(server, certificate);
  const secure = withKnex(
    openDatabase(
      {
        ...settings,
        DATABASE_TLS: 'required',
        DATABASE_HOSTS: [host],
        DATABASE_PORT: front.port,
        TLS_DIRECTORY: directory,
      },
      silentLog,
    ),
  );
  t.teardown(async () => {
    await secure.destroy();
    front.close();
  });
  return { secure, front };
}

for (const [host, names] of [
  ['127.0.0.1', { dns: [], ips: ['127.0.0.1'] }],
  ['localhost', { dns: ['localhost'], ips: [] }],
] as const) {
  test(`a server whose certificate names ${host} is accepted`, async (t) => {
    const certificate = await authority.issue('mysql', { dns: [...names.dns], ips: [...names.ips] });
    const { secure } = await overTls(t, { certificate, host });
    const [rows] = await secure.raw('SELECT 9007199254740993 AS big');
    t.is(rows[0].big, 9_007_199_254_740_993n);
    t.true(await databaseAnswers(secure));
    t.deepEqual(await Promise.all([1, 2, 3].map(() => secure.raw('SELECT 1').then(() => true))), [
      true,
      true,
      true,
    ]);
  });
}

for (const [host, names] of [
  ['127.0.0.1', { dns: ['localhost'], ips: ['127.0.0.9'] }],
  ['localhost', { dns: ['db.example'], ips: ['127.0.0.1'] }],
] as const) {
  test(`a certificate of our own authority that does not name ${host} is always refused`, async (t) => {
    const certificate = await authority.issue('mysql', { dns: [...names.dns], ips: [...names.ips] });
    const { secure, front } = await overTls(t, { certificate, host });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await t.throwsAsync(secure.raw('SELECT 1'), { message: /does not match certificate's altnames/ });
    }
    t.false(await databaseAnswers(secure));
    t.true(await eventually(() => front.connections() === 0), 'refused connections are closed');
  });
}

test('a server of a foreign authority is refused', async (t) => {
  const certificate = await foreign.issue('mysql');
  const { secure } = await overTls(t, { certificate, host: '127.0.0.1' });
  await t.throwsAsync(secure.raw('SELECT 1'), { message: /self-signed|unable to|certificate/ });
});

test('a server without TLS is refused if TLS is required', async (t) => {
  const secure = withKnex(
    openDatabase({ ...settings, DATABASE_TLS: 'required', TLS_DIRECTORY: trusting }, silentLog),
  );
  t.teardown(() => secure.destroy());
  // A server with its own TLS, such as MySQL, is refused for its certificate, which our authority has not signed.
  await t.throwsAsync(secure.raw('SELECT 1'), { message: /secure connection|SSL|certificate/ });
});

test('a renewed authority takes effect without a restart, and older connections are closed', async (t) => {
  const directory = await authority.issue('auth');
  const certificate = await authority.issue('mysql');
  const { secure, front } = await overTls(t, { certificate, host: '127.0.0.1', directory });
  const connectionId = async () => Number((await secure.raw('SELECT CONNECTION_ID() AS id'))[0][0].id);
  const before = await connectionId();
  t.is(await connectionId(), before);
  await foreign.issue('auth', { directory });
  await foreign.issue('mysql', { directory: certificate });
  await sleep(1_050);
  const after = await connectionId();
  t.not(after, before);
  t.is(await connectionId(), after);
  t.true(front.connections() >= 1);
});
