import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificates } from '@guichet/jobs/certificates/certificate-files';
import { NATS_USERS, type NatsUserName } from '@guichet/jobs/servers/nats-permissions';
import { choosePorts } from '@guichet/ports';
import test, { type ExecutionContext } from 'ava';
import { createConnection } from 'mysql2/promise';
import { connect } from 'nats';
import { startGuard } from '../processes/guard.ts';
import { type ProcessPlan, SupervisedProcess } from '../processes/supervised.ts';
import { ensurePrograms } from '../programs/ensure.ts';
import { prepareDatabase, waitForDatabase } from './database-server.ts';
import { prepareNats, waitForNats } from './nats-server.ts';

async function temporaryFolder(t: ExecutionContext): Promise<string> {
  // Deeper than the maximum length of a unix socket's path.
  const root = await mkdtemp(join(tmpdir(), 'guichet-servers-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  return join(root, 'a-folder-with-a-long-name'.repeat(5));
}

function run(t: ExecutionContext, plan: ProcessPlan): SupervisedProcess {
  const guard = startGuard();
  const server = new SupervisedProcess(plan, { line: () => undefined, news: () => undefined }, guard);
  server.start();
  t.teardown(async () => {
    await server.stop();
    guard.close();
  });
  return server;
}

test('each database user can reach only its own schema, only with TLS, and data survives a kill', async (t) => {
  const folder = await temporaryFolder(t);
  await ensureCertificates(join(folder, 'tls'), ['mysql']);
  const { database: program } = await ensurePrograms(['database'], () => undefined);
  const { port } = await choosePorts(['port']);
  const options = {
    program,
    folder: join(folder, 'database'),
    port,
    rootPassword: 'a',
    schemas: [schemaUsers('auth'), schemaUsers('accounts')],
    tlsFolder: join(folder, 'tls', 'mysql'),
  };
  const server = run(t, await prepareDatabase(options));
  await waitForDatabase(options);
  const ca = await readFile(join(folder, 'tls', 'mysql', 'ca.crt'));
  const as = (user: string, password: string, tls = true) =>
    createConnection({ host: '127.0.0.1', port, user, password, ...(tls ? { ssl: { ca } } : {}) });

  const migration = await as('auth_migration', 'auth-2');
  await migration.query('CREATE TABLE guichet_auth.kept (id INT PRIMARY KEY)');
  await migration.query('INSERT INTO guichet_auth.kept VALUES (1)');
  await t.throwsAsync(migration.query('CREATE TABLE guichet_accounts.x (id INT)'), { message: /denied/ });
  await migration.end();
  const auth = await as('auth', 'auth-1');
  for (const statement of [
    'INSERT INTO guichet_auth.kept VALUES (2)',
    'CREATE TABLE guichet_auth.x (id INT)',
  ])
    await t.throwsAsync(auth.query(statement), { message: /denied/ });
  await auth.end();
  await t.throwsAsync(as('auth', 'auth-1', false), { message: /denied|secure transport/i });
  await t.throwsAsync(as('root', ''), { message: /denied/ });

  const killed = server.pid;
  server.kill('SIGKILL');
  await waitForNew(server, killed);
  await waitForDatabase(options);
  const again = await as('auth', 'auth-1');
  const [rows] = await again.query('SELECT id FROM guichet_auth.kept');
  t.is((rows as unknown[]).length, 1);
  await again.end();
});

test('a starting server does not delete the temporary tables of another', async (t) => {
  const { database: program } = await ensurePrograms(['database'], () => undefined);
  const start = async () => {
    const folder = await temporaryFolder(t);
    const { port } = await choosePorts(['port']);
    const options = {
      program,
      folder: join(folder, 'database'),
      port,
      rootPassword: 'a',
      schemas: [],
      tlsFolder: null,
    };
    run(t, await prepareDatabase(options));
    await waitForDatabase(options);
    return createConnection({
      host: '127.0.0.1',
      port,
      user: 'root',
      password: 'a',
      multipleStatements: true,
    });
  };
  const first = await start();
  await first.query(
    'CREATE DATABASE work; USE work; CREATE TEMPORARY TABLE list (number INT) ENGINE=MyISAM; INSERT INTO list VALUES (1)',
  );
  await first.query('FLUSH TABLES');
  const second = await start();
  const [kept] = await first.query('SELECT number FROM list');
  t.deepEqual(kept, [{ number: 1 }] as never);
  const folders = await Promise.all(
    [first, second].map(
      async (connection) => (await connection.query('SELECT @@tmpdir AS folder'))[0] as { folder: string }[],
    ),
  );
  t.not(folders[0]?.[0]?.folder, folders[1]?.[0]?.folder);
  await Promise.all([first.end(), second.end()]);
});

function schemaUsers(service: string) {
  return {
    schema: `guichet_${service}`,
    user: service,
    password: `${service}-1`,
    migrationUser: `${service}_migration`,
    migrationPassword: `${service}-2`,
  };
}

async function waitForNew(server: SupervisedProcess, old: number | undefined): Promise<void> {
  while (server.pid === undefined || server.pid === old)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

test('NATS accepts only clients with a certificate of the bank', async (t) => {
  const folder = await temporaryFolder(t);
  await ensureCertificates(join(folder, 'tls'), ['nats', 'auth']);
  const { nats: program } = await ensurePrograms(['nats'], () => undefined);
  const ports = await choosePorts(['port', 'monitor']);
  const passwords = Object.fromEntries(NATS_USERS.map((name) => [name, `${name}-password`]));
  const options = {
    program,
    folder: join(folder, 'nats'),
    port: ports.port,
    monitorPort: ports.monitor,
    tlsFolder: join(folder, 'tls', 'nats'),
    passwords: passwords as Record<NatsUserName, string>,
  };
  run(t, await prepareNats(options));
  await waitForNats(options);
  const file = (name: string) => join(folder, 'tls', 'auth', name);
  const tls = { caFile: file('ca.crt'), certFile: file('tls.crt'), keyFile: file('tls.key') };
  const as = (user: string, pass: string, withTls: object = tls) =>
    connect({ servers: `127.0.0.1:${ports.port}`, user, pass, tls: withTls, reconnect: false });

  await t.throwsAsync(as('auth', 'auth-password', { caFile: file('ca.crt') }));
  await t.throwsAsync(as('auth', 'accounts-password'));
  await (await as('auth', 'auth-password')).close();
});

test('while authorities are rotated, NATS accepts clients of both, and clients accept servers of both', async (t) => {
  const folder = await temporaryFolder(t);
  const [old, next] = [join(folder, 'old'), join(folder, 'next')];
  for (const tls of [old, next]) await ensureCertificates(tls, ['mysql', 'nats', 'auth']);
  const both = await Promise.all([old, next].map((tls) => readFile(join(tls, 'ca', 'ca.crt'), 'utf8')));
  for (const tls of [old, next])
    for (const name of ['mysql', 'nats', 'auth']) await writeFile(join(tls, name, 'ca.crt'), both.join(''));
  const programs = await ensurePrograms(['database', 'nats'], () => undefined);
  const ports = await choosePorts(['database', 'nats', 'monitor']);
  const passwords = Object.fromEntries(NATS_USERS.map((name) => [name, 'a'])) as Record<NatsUserName, string>;
  const database = {
    program: programs.database,
    folder: join(folder, 'database'),
    port: ports.database,
    rootPassword: 'a',
    schemas: [schemaUsers('auth')],
    tlsFolder: join(next, 'mysql'),
  };
  const nats = { folder: join(folder, 'nats'), port: ports.nats, monitorPort: ports.monitor, passwords };
  run(t, await prepareDatabase(database));
  run(t, await prepareNats({ program: programs.nats, ...nats, tlsFolder: join(old, 'nats') }));
  await Promise.all([waitForDatabase(database), waitForNats(nats)]);

  for (const tls of [old, next]) {
    const file = (name: string) => join(tls, 'auth', name);
    const connection = await connect({
      servers: `127.0.0.1:${ports.nats}`,
      user: 'auth',
      pass: 'a',
      tls: { caFile: file('ca.crt'), certFile: file('tls.crt'), keyFile: file('tls.key') },
      reconnect: false,
    });
    t.is(connection.info?.server_name, 'guichet');
    await connection.close();
  }
  const ca = await readFile(join(old, 'auth', 'ca.crt'));
  const auth = await createConnection({
    host: '127.0.0.1',
    port: ports.database,
    user: 'auth',
    password: 'auth-1',
    ssl: { ca },
  });
  t.deepEqual((await auth.query('SELECT 1 AS one'))[0], [{ one: 1 }] as never);
  await auth.end();
});
