import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultRegistry } from '@guichet/metrics';
import type { Health } from './health.ts';

/** Serves /livez, /readyz, /startupz and /metrics in plain HTTP, on a port that the ingress does not reach. */
export async function listenAdmin(
  settings: { ADMIN_HOST: string; ADMIN_PORT: number },
  health: Health,
): Promise<{ port: number; close(): Promise<void> }> {
  const answers = new Map<string, () => Promise<{ status: number; body: string; type?: string }>>();
  answers.set('/livez', async () => ({ status: 200, body: 'alive\n' }));
  answers.set('/startupz', async () =>
    health.started ? { status: 200, body: 'started\n' } : { status: 503, body: 'starting\n' },
  );
  answers.set('/readyz', async () => {
    const missing = await health.ready();
    return missing.length === 0
      ? { status: 200, body: 'ready\n' }
      : { status: 503, body: `missing: ${missing.join(', ')}\n` };
  });
  answers.set('/metrics', async () => ({
    status: 200,
    body: await defaultRegistry.metrics(),
    type: defaultRegistry.contentType,
  }));
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    const failed = { status: 500, body: 'failed\n', type: 'text/plain' };
    const answer = await answers
      .get(path)?.()
      .catch(() => failed);
    response.writeHead(answer?.status ?? 404, { 'Content-Type': answer?.type ?? 'text/plain' });
    response.end(answer?.body ?? `try ${[...answers.keys()].join(' ')}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.ADMIN_PORT, settings.ADMIN_HOST, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
