import { setTimeout as sleep } from 'node:timers/promises';
import { readSettings } from '@guichet/config';
import { z } from 'zod';
import type { Login } from './demo/logins.ts';

/** A running bank and the login of its superuser. */
export interface BankAt {
  origin: string;
  superuser: Login;
}

/** The bank's public origin. */
const BANK_URL = z.url().transform((url) => url.replace(/\/+$/, ''));

const bankSettings = {
  BANK_URL,
  SUPERUSER_USERNAME: z.string(),
  SUPERUSER_PASSWORD: z.string(),
};

/** @throws ConfigError that lists every invalid setting */
export function readBank(environment?: NodeJS.ProcessEnv): BankAt {
  const settings = readSettings(bankSettings, environment);
  return {
    origin: settings.BANK_URL,
    superuser: { username: settings.SUPERUSER_USERNAME, password: settings.SUPERUSER_PASSWORD },
  };
}

const testSettings = {
  BANK_URL,
  /** The output of `guichet-admin test-agents create`: a JSON array. */
  TEST_AGENTS: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.array(z.object({ username: z.string(), password: z.string() })).min(1)),
};

/** The bank to test, and the agents to do it with. @throws ConfigError that lists every invalid setting */
export function readTest(environment?: NodeJS.ProcessEnv): { origin: string; agents: Login[] } {
  const { BANK_URL, TEST_AGENTS } = readSettings(testSettings, environment);
  return { origin: BANK_URL, agents: TEST_AGENTS };
}

/**
 * Waits until the bank reports that it is ready.
 * @throws Error with the last report, after `withinMs`
 */
export async function waitUntilReady({ origin }: Pick<BankAt, 'origin'>, withinMs = 300_000): Promise<void> {
  const end = Date.now() + withinMs;
  for (;;) {
    const missing = await missingFrom(origin);
    if (missing === null) return;
    if (Date.now() >= end) throw new Error(`the bank at ${origin} is not ready: ${missing}`);
    await sleep(500);
  }
}

async function missingFrom(origin: string): Promise<string | null> {
  try {
    const reply = await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(5_000) });
    return reply.ok ? null : (await reply.text()).slice(0, 200);
  } catch (error) {
    return (error as Error).message;
  }
}
