import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type NatsServerOptions, natsConfiguration } from '@guichet/jobs/servers/nats-configuration';
import type { ProcessPlan } from '../processes/supervised.ts';
import { retryUntilSuccess } from './retry-until-success.ts';

export interface NatsOptions extends NatsServerOptions {
  program: string;
}

/** Writes the server's configuration; returns how to run it. */
export async function prepareNats(options: NatsOptions): Promise<ProcessPlan> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const file = join(options.folder, 'nats.conf');
  await writeFile(file, `${JSON.stringify(natsConfiguration(options), null, 2)}\n`, { mode: 0o600 });
  return {
    name: options.cluster?.node ?? 'nats',
    program: options.program,
    args: ['-c', file],
    environment: {},
    stage: 2,
  };
}

/** Waits until the server reports that it is healthy, including JetStream. */
export function waitForNats(options: Pick<NatsOptions, 'monitorPort'>, withinMs = 30_000): Promise<void> {
  return retryUntilSuccess('NATS', withinMs, async () => {
    const reply = await fetch(`http://127.0.0.1:${options.monitorPort}/healthz`);
    if (!reply.ok) throw new Error(`/healthz answers ${reply.status}`);
  });
}
