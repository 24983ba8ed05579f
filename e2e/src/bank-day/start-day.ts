import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { testAuthority } from '@guichet/testing';
import { startBank } from '@guichet/tools';
import { type Day, FIRST_DAY_S, playDay } from './play-day.ts';

/** Plays a day on a bank of its own. */
export async function startDay(say: (text: string) => void): Promise<Day> {
  const authority = await testAuthority();
  const folder = await authority.issue('receiver');
  const port = await freePort();
  // The services trust the receiver's authority, as they trust public ones.
  process.env.NODE_EXTRA_CA_CERTS = join(folder, 'ca.crt');
  const bank = await startBank({
    // The day can be played at any hour: before the bank's morning it would not pay the rent, and after the cut-off it would put it alone into a batch.
    environment: { WEBHOOK_HOSTS: `localhost:${port}`, ORDERS_AT: '00:00', BATCHES_AT: 'none' },
    clockOffsetSeconds: FIRST_DAY_S,
  });
  try {
    const tls = { cert: readFileSync(join(folder, 'tls.crt')), key: readFileSync(join(folder, 'tls.key')) };
    return await playDay(bank, { tls, port, say });
  } finally {
    await bank.stop();
    await authority.remove();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
