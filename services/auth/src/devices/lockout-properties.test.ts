import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { failuresInARow, lockSeconds } from '../attempts/rules.ts';
import { openTestAuth, PASSWORD, replicaOf } from '../fixtures.ts';
import { FAILURES_MAX } from './rules.ts';

const auth = await openTestAuth();
const replica = await replicaOf(auth);
test.after.always(async () => {
  await replica.close();
  await auth.close();
});

/** Runs of the property; set PROPERTY_RUNS for more. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 40);

type Step = { from: 'stranger' | 'device'; right: boolean; replica: boolean } | { seconds: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      from: fc.constantFrom('stranger' as const, 'device' as const),
      // Mostly wrong, or nothing would ever be locked.
      right: fc.nat(4).map((n) => n === 0),
      replica: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ seconds: fc.constantFrom(29, 30, 60, 900, 90_000) }) },
);

/** What the rules say, without a database. Times are milliseconds. */
interface Model {
  strangers: { failures: number; lastFailedAt: Date } | null;
  lockedUntil: number;
  trusted: boolean;
  deviceFailures: number;
}

const isLocked = (model: Model, now: Date) => model.lockedUntil > now.getTime();

function expectOf(model: Model, step: { from: string; right: boolean }, now: Date): number {
  const passes = !isLocked(model, now) || (step.from === 'device' && model.trusted);
  if (step.right) return passes ? 200 : 429;
  // The answer to a wrong password doesn't show whether the device is trusted.
  return isLocked(model, now) ? 429 : 401;
}

function apply(model: Model, step: { from: string; right: boolean }, now: Date): void {
  const locked = isLocked(model, now);
  const onTrusted = step.from === 'device' && model.trusted;
  if (step.right) {
    if (!locked) model.strangers = null;
    if (step.from === 'device' && (!locked || onTrusted))
      Object.assign(model, { trusted: true, deviceFailures: 0 });
    return;
  }
  if (onTrusted) {
    model.deviceFailures += 1;
    if (model.deviceFailures === FAILURES_MAX) model.trusted = false;
  }
  if (locked) return;
  const failures = failuresInARow(model.strangers, now);
  model.strangers = { failures, lastFailedAt: now };
  model.lockedUntil = now.getTime() + lockSeconds(failures) * 1000;
}

let runs = 0;
async function followsTheRules(t: ExecutionContext, steps: readonly Step[]): Promise<void> {
  const user = await auth.user();
  // A network of its own, so that only the budgets of the user and the device count.
  runs += 1;
  const headers = { 'x-forwarded-for': `192.0.2.${runs}` };
  const logIn = (password: string, device: string | null, api = auth.api) =>
    api.post('/api/auth/login', { username: user.username, password, device_token: device }, { headers });
  let token: string = (await logIn(PASSWORD, null)).body.device_token;
  const model: Model = { strangers: null, lockedUntil: 0, trusted: true, deviceFailures: 0 };
  for (const step of steps) {
    if ('seconds' in step) {
      auth.advance(step.seconds);
      continue;
    }
    const now = auth.deps.clock();
    const api = step.replica ? replica.api : auth.api;
    const reply = await logIn(step.right ? PASSWORD : 'wrong', step.from === 'device' ? token : null, api);
    t.is(reply.status, expectOf(model, step, now), JSON.stringify({ steps, step, model }));
    apply(model, step, now);
    if (reply.status === 200 && step.from === 'device') token = reply.body.device_token;
  }
}

test.serial(
  'in every order of guesses, sign-ins and pauses, on two replicas, the lock follows its rules',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 8, maxLength: 40 }), (steps) =>
        followsTheRules(t, steps),
      ),
      { numRuns: RUNS },
    );
  },
);
