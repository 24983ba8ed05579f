import test from 'ava';
import { databaseAddresses, databaseSettings } from './fragments.ts';
import { readSettings } from './read-settings.ts';

const login = { DATABASE_NAME: 'auth', DATABASE_USER: 'auth', DATABASE_PASSWORD: 'secret' };
const read = (environment: Record<string, string>) =>
  databaseAddresses(readSettings(databaseSettings, { ...login, ...environment }));

test('one host is a list of one, on the default port', (t) => {
  t.deepEqual(read({ DATABASE_HOSTS: 'db' }), [{ host: 'db', port: 3306 }]);
  t.deepEqual(read({ DATABASE_HOSTS: 'db', DATABASE_PORT: '3307' }), [{ host: 'db', port: 3307 }]);
});

test('several hosts keep their order; each may have a port, and IPv6 addresses are in brackets', (t) => {
  const hosts = 'db-2.example.org:3310, 10.0.0.7,[fd00::1]:3311,[::1],db-1';
  t.deepEqual(read({ DATABASE_HOSTS: hosts, DATABASE_PORT: '3307' }), [
    { host: 'db-2.example.org', port: 3310 },
    { host: '10.0.0.7', port: 3307 },
    { host: 'fd00::1', port: 3311 },
    { host: '::1', port: 3307 },
    { host: 'db-1', port: 3307 },
  ]);
});

test('a list that names no host, or something else than hosts, is refused', (t) => {
  for (const hosts of [' , ', 'db:99999', 'db:', 'fd00::1', 'mysql://db', 'user@db', 'db/guichet', '[db]'])
    t.throws(() => read({ DATABASE_HOSTS: hosts }), { message: /DATABASE_HOSTS: must be/ }, hosts);
});

test('a host that is named twice is refused: it would be asked for the writer twice', (t) => {
  const twice = { message: /DATABASE_HOSTS: must name each host once/ };
  t.throws(() => read({ DATABASE_HOSTS: 'db,DB' }), twice);
  t.throws(() => read({ DATABASE_HOSTS: 'db:3310,db:3310' }), twice);
  t.is(read({ DATABASE_HOSTS: 'db:3310,db:3311' }).length, 2);
});
