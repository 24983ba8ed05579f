import test from 'ava';
import { isNatsNewEnough, missingSentence, readDatabaseVersion, waysToInstall } from './rules.ts';

const EVERYTHING = { hasGo: true, hasApt: true, hasDebianTools: true, isRoot: true };

test('nats-server is built with Go, or comes from Debian sid; everything else comes from the system', (t) => {
  t.deepEqual(waysToInstall(['database', 'nats'], EVERYTHING), [
    { by: 'go', needs: ['nats'] },
    { by: 'sid', needs: ['nats'] },
    { by: 'apt', needs: ['database', 'nats'] },
  ]);
});

test('without the rights to install packages, the error names the command', (t) => {
  t.deepEqual(waysToInstall(['database'], { ...EVERYTHING, isRoot: false }), []);
  t.deepEqual(waysToInstall(['nats'], { ...EVERYTHING, hasGo: false, isRoot: false }), [
    { by: 'sid', needs: ['nats'] },
  ]);
  t.is(
    missingSentence(['database', 'nats'], { hasApt: true }, 'linux'),
    'Missing on this machine: MariaDB (mariadbd, 10.11 or newer) or MySQL (mysqld, 8.4 or newer) and nats-server (2.11 or newer). Install with: sudo apt-get install --no-install-recommends mariadb-server-core mariadb-client-core nats-server',
  );
  t.regex(missingSentence(['nats'], { hasApt: false }, 'darwin'), /brew install nats-server$/);
});

test('MariaDB and MySQL are distinguished, and old versions are refused', (t) => {
  const of = (text: string) => readDatabaseVersion(text);
  t.deepEqual(of('mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)'), {
    flavour: 'mariadb',
    isNewEnough: true,
  });
  t.deepEqual(of('mysqld  Ver 10.5.23-MariaDB for Linux'), { flavour: 'mariadb', isNewEnough: false });
  t.deepEqual(of('/usr/sbin/mysqld  Ver 8.4.3 for Linux on x86_64'), { flavour: 'mysql', isNewEnough: true });
  t.deepEqual(of('mysqld  Ver 9.1.0 for Linux'), { flavour: 'mysql', isNewEnough: true });
  t.deepEqual(of('mysqld  Ver 5.7.44 for Linux'), { flavour: 'mysql', isNewEnough: false });
  t.is(of('what?'), null);
});

test('nats-server must be 2.11 or newer', (t) => {
  t.true(isNatsNewEnough('nats-server: v2.11.0'));
  t.true(isNatsNewEnough('nats-server: v2.12.1'));
  t.false(isNatsNewEnough('nats-server: v2.9.10'));
  t.false(isNatsNewEnough('nats-server: v2.10.0'));
  t.false(isNatsNewEnough(''));
});
