import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Login } from '@guichet/jobs/demo/logins';
import type { Kube } from './kube.ts';

/**
 * Forwards a port of this machine to the frontend while `use` runs. The connection ends with its pod, so it is not for requests while pods
 * are restarted.
 */
export async function withPortForward<T>(kube: Kube, use: (origin: string) => Promise<T>): Promise<T> {
  return withPortForwardTo(kube, `service/${await frontendService(kube)}`, 8080, use);
}

/** The same for a port of any object, such as `pod/guichet-prometheus-0`. */
export async function withPortForwardTo<T>(
  kube: Kube,
  target: string,
  port: number,
  use: (origin: string) => Promise<T>,
): Promise<T> {
  const child = kube.start(['port-forward', target, `:${port}`]);
  try {
    if (child.stdout === null) throw new Error('kubectl has no output');
    const lines = createInterface({ input: child.stdout });
    const errors: string[] = [];
    child.stderr?.on('data', (text) => errors.push(String(text)));
    const opened = once(lines, 'line').then(([line]) => String(line));
    const line = await Promise.race([
      opened,
      once(child, 'exit').then(() => Promise.reject(new Error(errors.join('')))),
    ]);
    const localPort = /127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (localPort === undefined) throw new Error(`unexpected output of kubectl port-forward: ${line}`);
    return await use(`http://127.0.0.1:${localPort}`);
  } finally {
    child.kill('SIGTERM');
  }
}

async function frontendService(kube: Kube): Promise<string> {
  const { items } = await kube.get([
    'services',
    '-l',
    `${kube.selector},app.kubernetes.io/component=frontend`,
  ]);
  return items[0]?.metadata.name ?? 'frontend';
}

/** The superuser's login from the release's secret. */
export async function superuserOf(kube: Kube): Promise<Login> {
  const { items } = await kube.get(['secrets']);
  const secret = items.find(({ metadata }: { metadata: { name: string } }) =>
    metadata.name.endsWith('-superuser'),
  );
  if (secret === undefined) throw new Error('the release has no superuser secret');
  return { username: 'superuser', password: Buffer.from(secret.data.password, 'base64').toString() };
}
