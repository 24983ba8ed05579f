import { readFile } from 'node:fs/promises';
import test from 'ava';
import { freePort } from './free-port.ts';

test('no outgoing connection of this machine can take the port before the server does', async (t) => {
  const [lowest] = (await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')).split('\t');
  for (let attempt = 0; attempt < 20; attempt += 1) t.true((await freePort()) < Number(lowest));
});
