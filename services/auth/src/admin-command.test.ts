import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openLink, testDatabase } from '@guichet/testing';
import test from 'ava';
import { GRANTS } from './grants.ts';

const COMMAND = fileURLToPath(new URL('admin-command.ts', import.meta.url));

test('the commands of the test of a release wait until the network lets the new pod reach the database', async (t) => {
  const { runtimeSettings: settings, drop } = await testDatabase({
    migrations: new URL('../migrations/', import.meta.url),
    grants: GRANTS,
  });
  t.teardown(drop);
  const refusing = createServer((socket) => socket.resetAndDestroy());
  refusing.listen(0, '127.0.0.1');
  await once(refusing, 'listening');
  const { port } = refusing.address() as AddressInfo;
  const running = promisify(execFile)(process.execPath, [COMMAND, 'test-agents', 'remove'], {
    env: {
      PATH: process.env.PATH,
      DATABASE_HOSTS: '127.0.0.1',
      DATABASE_PORT: String(port),
      DATABASE_NAME: settings.DATABASE_NAME,
      DATABASE_USER: settings.DATABASE_USER,
      DATABASE_PASSWORD: settings.DATABASE_PASSWORD,
      DATABASE_TLS: 'off',
      TLS_DIRECTORY: '/nowhere',
    },
  });
  const refused = Promise.race([once(refusing, 'connection'), running]);
  await refused;
  refusing.close();
  const link = await openLink({ target: Number(settings.DATABASE_PORT), port });
  t.teardown(() => link.close());
  t.regex((await running).stdout, /Test agents deleted: 0/);
});
