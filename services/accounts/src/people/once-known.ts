import { setTimeout as sleep } from 'node:timers/promises';
import { problems } from '@guichet/errors';
import type { Answered } from '../idempotency/answer.ts';

const EVERY_MS = 100;
const ATTEMPTS = 20;

/** Retries for two seconds while the projection of users lacks the caller: auth's event about them is still on its way. */
export async function onceKnown(work: () => Promise<Answered>): Promise<Answered> {
  for (let attempt = 1; ; attempt += 1) {
    const answered = await work();
    const isUnknown =
      'refusal' in answered.answer && answered.answer.refusal.code === problems.unavailable.code;
    if (!isUnknown || attempt === ATTEMPTS) return answered;
    await sleep(EVERY_MS);
  }
}
