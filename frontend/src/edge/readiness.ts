import { DATABASE_SERVICES } from '@guichet/contract';
import type { Middleware } from 'koa';
import type { Dispatcher } from 'undici';
import type { ServiceName, Services } from '../upstream/services.ts';

const ANSWER_WITHIN_MS = 2_000;

/** The services without which the bank isn't ready; mail waits. */
const NEEDED = DATABASE_SERVICES satisfies readonly ServiceName[];

/** The services that aren't ready; the bank is ready if the list is empty. */
export async function missingServices(services: Services): Promise<ServiceName[]> {
  const ready = await Promise.all(NEEDED.map((name) => isReady(services[name].probes)));
  return NEEDED.filter((_, index) => !ready[index]);
}

/**
 * `GET /readyz` on the public origin: 200, or 503 with the services that are missing. Concurrent requests share one check,
 * because this route is public and unlimited.
 */
export function publicReadiness(services: Services, isDraining: () => boolean): Middleware {
  let looking: Promise<ServiceName[]> | null = null;
  const look = () => {
    looking ??= missingServices(services).finally(() => {
      looking = null;
    });
    return looking;
  };
  return async (ctx, next) => {
    if (ctx.path !== '/readyz') return next();
    // Service levels exclude this route by name: probes also call it while the bank is down.
    ctx.state.route = '/readyz';
    const missing: string[] = [...(await look())];
    if (isDraining()) missing.push('frontend');
    ctx.status = missing.length === 0 ? 200 : 503;
    if (missing.length > 0) ctx.set('Retry-After', '2');
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { ready: missing.length === 0, missing };
  };
}

async function isReady(pool: Dispatcher): Promise<boolean> {
  try {
    const answer = await pool.request({
      method: 'GET',
      path: '/readyz',
      headersTimeout: ANSWER_WITHIN_MS,
      bodyTimeout: ANSWER_WITHIN_MS,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    await answer.body.dump();
    return answer.statusCode === 200;
  } catch {
    return false;
  }
}
