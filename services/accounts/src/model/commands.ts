import fc from 'fast-check';
import { anyPlan, endingPlan, keyedPlan } from './plans.ts';
import type { Sending, World } from './world.ts';

/** One command of a sequence, which describes itself if a sequence fails. */
class Command implements fc.AsyncCommand<object, World> {
  readonly #description: unknown;
  readonly #run: (world: World) => Promise<void>;

  constructor(description: unknown, run: (world: World) => Promise<void>) {
    this.#description = description;
    this.#run = run;
  }

  check(): boolean {
    return true;
  }

  async run(_: unknown, world: World): Promise<void> {
    world.commands += 1;
    await this.#run(world);
  }

  toString(): string {
    return JSON.stringify(this.#description);
  }
}

const sending = (plan: typeof anyPlan): fc.Arbitrary<Sending> =>
  fc.record({
    plan,
    replica: fc.nat({ max: 1 }),
    twice: fc.constantFrom('no', 'no', 'no', 'no', 'same', 'other'),
  });

const alone = sending(anyPlan).map((one) => new Command(one, (world) => world.do([one])));
const atOnce = fc
  .array(sending(anyPlan), { minLength: 2, maxLength: 6 })
  .map((several) => new Command({ at_once: several }, (world) => world.do(several)));
const crash = fc
  .record({
    several: fc.array(sending(keyedPlan), { minLength: 1, maxLength: 5 }),
    dying: fc.nat({ max: 1 }),
    afterMs: fc.nat({ max: 15 }),
  })
  .map((one) => new Command({ crash: one }, (world) => world.crash(one.several, one.dying, one.afterMs)));
const pass = fc
  .record({
    hours: fc.integer({ min: 1, max: 30 }),
    several: fc.array(sending(endingPlan), { maxLength: 4 }),
  })
  .map((one) => new Command({ pass: one }, (world) => world.pass(one.hours, one.several)));
const again = fc
  .record({ place: fc.nat(), replica: fc.nat({ max: 1 }), isChanged: fc.boolean() })
  .map((one) => new Command({ again: one }, (world) => world.again(one.place, one.replica, one.isChanged)));

/** Sequences of commands; a class that is listed more often is drawn more often. */
export const anyCommands = fc.commands(
  [alone, alone, alone, alone, alone, alone, atOnce, atOnce, atOnce, again, pass, crash],
  { maxCommands: 80, size: 'max' },
);
