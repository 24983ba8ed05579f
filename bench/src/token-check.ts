import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { scopesOf } from '@guichet/contract';
import { createApp, listenMutualTls, ok, open, route, token } from '@guichet/http';
import { createLog } from '@guichet/log';
import {
  createKeySet,
  createRevocations,
  createVerifier,
  issueAccessToken,
  keyThumbprint,
  publicJwk,
} from '@guichet/tokens';
import { z } from 'zod';
import type { BenchBank } from './bench-bank.ts';
import { median } from './closed-loop.ts';
import type { Job } from './generator.ts';
import { requestText } from './http-connection.ts';
import { makeLoad, startGenerator } from './run.ts';

const ROUNDS = 5;

/** The request rate of a route that checks a token, divided by that of the same route without the check. */
export async function compareTokenCheck(bench: BenchBank, job: Job): Promise<number> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const clock = () => new Date();
  const keys = createKeySet(async () => ({ keys: [publicJwk(publicKey)] }));
  const spec = { method: 'GET', summary: 'Answers', replies: { 200: z.object({}) } } as const;
  const app = createApp({
    name: 'bench',
    title: 'Bench',
    routes: [
      route({ ...spec, path: '/open', access: open(), handle: async () => ok({}) }),
      route({
        ...spec,
        path: '/checked',
        access: token({ scope: 'accounts:read' }),
        handle: async () => ok({}),
      }),
    ],
    log: createLog({ service: 'bench', level: 'silent' }),
    verify: createVerifier({ keys, revocations: createRevocations(clock), clock }),
    ready: async () => [],
    isUnavailable: () => false,
    openapiPath: '/openapi.json',
  });
  const listening = await listenMutualTls(app, {
    HOST: '127.0.0.1',
    PORT: 0,
    TLS_DIRECTORY: join(bench.folder, 'tls', 'accounts'),
  });
  const caller = {
    userId: randomUUID(),
    username: 'bench',
    role: 'member',
    scopes: scopesOf('member'),
    sessionId: randomUUID(),
    kind: 'session',
  } as const;
  const accessToken = issueAccessToken({ kid: keyThumbprint(publicKey), privateKey }, caller, {
    ttlSeconds: 3_600,
    now: clock(),
  });
  const generator = startGenerator();
  const perSecond = async (path: string) => {
    const { done, seconds } = await makeLoad(generator, {
      ...job,
      name: 'repeat',
      seconds: 1,
      http: { ...job.http, ports: [listening.port] },
      requests: [requestText('GET', path, accessToken)],
    });
    return done / seconds;
  };
  try {
    const ratios: number[] = [];
    // The first round is a warm-up.
    for (let round = 0; round <= ROUNDS; round += 1) {
      const [without, withCheck] = [await perSecond('/open'), await perSecond('/checked')];
      if (round > 0) ratios.push(withCheck / without);
    }
    return median(ratios);
  } finally {
    generator.disconnect();
    await listening.close();
  }
}
