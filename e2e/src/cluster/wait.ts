import { setTimeout as sleep } from 'node:timers/promises';
import type { Kube, Pod } from './kube.ts';

/** Waits until every pod of the release is ready. @throws Error that names those that are not */
export async function waitUntilReady(
  kube: Kube,
  withinMs = 180_000,
): Promise<{ pods: number; restarts: number }> {
  const end = Date.now() + withinMs;
  for (;;) {
    const pods = await kube.pods();
    const missing = pods.filter(({ isReady }) => !isReady);
    if (pods.length > 0 && missing.length === 0) return { pods: pods.length, restarts: restartsOf(pods) };
    if (Date.now() > end) throw new Error(`not ready: ${missing.map(({ name }) => name).join(', ')}`);
    await sleep(500);
  }
}

export function restartsOf(pods: readonly Pod[]): number {
  return pods.reduce((sum, { restarts }) => sum + restarts, 0);
}

export async function rollOut(kube: Kube, workload: string, withinSeconds = 240): Promise<void> {
  await kube.kubectl(['rollout', 'status', workload, `--timeout=${withinSeconds}s`]);
}
