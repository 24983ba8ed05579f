import { randomInt } from 'node:crypto';
import { type Lease, queryOnce, releaseLease, takeLease, uuidBytes } from '@guichet/database';
import { eventually } from '@guichet/testing';
import { sleep } from '@guichet/time';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { openTestBank } from '../fixtures.ts';
import { type Activity, type Draw, drawFrom, openActivity } from './activity.fixture.ts';
import { damage, FAULTS, type Fault, targetOf } from './faults.fixture.ts';
import { keepReconciling, lastReconciliation, reconcilesOnRequest } from './keep-reconciling.ts';

interface Context {
  activity: Activity;
  draw: Draw;
  /** Reconciles what is new, or everything. */
  run(full?: boolean): Promise<{ ok: boolean; scope: string; broken: string[]; verifiedUpTo: string | null }>;
}
const test = anyTest.serial as TestFn<Context>;

const seed = Number(process.env.RECONCILIATION_SEED ?? randomInt(2 ** 31));
const HOUR_MS = 3_600_000;

test.before(async (t) => {
  const bank = await openTestBank();
  const draw = drawFrom(seed);
  for (const table of ['transfers', 'entries']) {
    for (const event of ['update', 'delete']) await bank.owner.raw(`DROP TRIGGER ${table}_refuse_${event}`);
  }
  const reconcile = reconcilesOnRequest(bank.deps);
  t.context = {
    activity: await openActivity(bank, draw),
    draw,
    async run(full = false) {
      const { ok, scope, checks, verifiedUpTo } = (await reconcile(full)).outcome;
      return { ok, scope, verifiedUpTo, broken: checks.flatMap((one) => (one.ok ? [] : [one.name])) };
    },
  };
});
test.beforeEach(async (t) => {
  t.log(`seed ${seed}`);
  await verify(t);
});
test.after.always(async (t) => {
  await t.context.activity.close();
  await t.context.activity.bank.close();
});

/** Lets the bank act and verifies all of it; an hour later, all of it is behind the checkpoint. */
async function verify(t: ExecutionContext<Context>): Promise<void> {
  const { activity, run } = t.context;
  await activity.act(4);
  t.like(await run(), { ok: true, broken: [] });
  activity.bank.time.now = new Date(activity.bank.time.now.getTime() + HOUR_MS);
}

/** A customer's entry, new or verified before, with what surrounds it; null if nothing was posted meanwhile. */
async function aTarget({ activity, draw }: Context, age: 'new' | 'old') {
  const { owner } = activity.bank;
  const [{ since }] = (await owner.raw('SELECT verified_at AS since FROM reconciliation_checkpoint'))[0];
  const entries = await owner('entries')
    .whereIn('type', ['deposit', 'withdrawal', 'internal_transfer'])
    .where('posted_at', age === 'new' ? '>' : '<=', since)
    .orderBy(['account_id', 'number']);
  const waiting = await owner('operations').where('status', 'pending').orderBy('id');
  const pick = <Row>(rows: Row[]): Row | undefined => rows[draw(rows.length)];
  const entry = pick(entries);
  if (entry === undefined) return null;
  return targetOf(owner, { accountId: entry.account_id, number: entry.number }, pick(waiting)?.id ?? null);
}

/**
 * The changes of a fault in a place that has what it damages: by chance all requests may have been rejected, no operation may wait, and not every
 * transfer has a side of the bank.
 */
async function changesBy(context: Context, fault: Fault, age: 'new' | 'old') {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const target = await aTarget(context, age);
    const changes = target === null ? null : fault.of(target);
    if (changes !== null) return changes;
    await context.activity.act(2);
  }
  throw new Error(`nothing has what ${fault.name} damages`);
}

for (const fault of FAULTS) {
  test(`${fault.name} among new rows is found by the next run, which repeats it until it is undone`, async (t) => {
    const { activity, run } = t.context;
    await activity.act(6);
    const changes = await changesBy(t.context, fault, 'new');
    const undo = await damage(activity.bank.owner, changes);
    const first = await run();
    t.like(first, { ok: false, scope: 'new' });
    // What the bank does meanwhile would build on a damaged account.
    if (!fault.isCurrentState) await activity.act(2);
    const second = await run();
    t.like(second, { ok: false, scope: 'new', verifiedUpTo: first.verifiedUpTo });
    t.like(await run(true), { ok: false, scope: 'full', verifiedUpTo: null });
    await undo();
    t.like(await run(), { ok: true, scope: 'full', broken: [] });
    t.like(await run(), { ok: true, scope: 'new', broken: [] });
  });

  test(`${fault.name} among verified rows is found by the full run${fault.isCurrentState ? ', and by the next one' : ''}`, async (t) => {
    const { activity, run } = t.context;
    const changes = await changesBy(t.context, fault, 'old');
    const undo = await damage(activity.bank.owner, changes);
    if (fault.isCurrentState) t.like(await run(), { ok: false, scope: 'new' });
    t.like(await run(true), { ok: false, scope: 'full' });
    t.like(await run(), { ok: false, scope: 'full' }, 'later runs are full until it is undone');
    await undo();
    t.like(await run(), { ok: true, scope: 'full', broken: [] });
    t.like(await run(), { ok: true, scope: 'new', broken: [] });
  });
}

test('runs while the bank acts never report a difference', async (t) => {
  const { activity, run } = t.context;
  let isActing = true;
  const acting = (async () => {
    while (isActing) await activity.act(6);
  })();
  try {
    for (let index = 0; index < 12; index += 1) t.like(await run(index === 6), { ok: true, broken: [] });
  } finally {
    isActing = false;
    await acting;
  }
  t.like(await run(), { ok: true, scope: 'new', broken: [] });
  t.like(await run(true), { ok: true, scope: 'full', broken: [] });
});

test('an approval that commits an hour after its time is verified by the run after its commit', async (t) => {
  const { activity, run } = t.context;
  const { bank, agents } = activity;
  const { owner } = bank;
  const member = await bank.person('member');
  const account = await bank.account(member, agents[0], 1_000);
  const deposit = { type: 'deposit', account_id: account, amount: 25 };
  const { body } = await bank.client.post('/api/operations', deposit, { token: member.token });
  const lock = await owner.transaction();
  await lock('accounts').where('id', uuidBytes(account)).forUpdate();
  const approval = bank.approve(agents[0], body.id);
  try {
    await eventually(async () => {
      // The server does not refresh this table while it is read more often than every 100 ms.
      await sleep(150);
      const [running] = await owner.raw(
        "SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'",
      );
      return running.length > 0;
    });
    bank.time.now = new Date(bank.time.now.getTime() + HOUR_MS);
    t.like(await run(), { ok: true, scope: 'new', broken: [] });
    bank.time.now = new Date(bank.time.now.getTime() + HOUR_MS);
  } finally {
    await lock.rollback();
  }
  t.is((await approval).status, 200);
  const [late] = await owner('entries').where({ account_id: uuidBytes(account), number: 2 });
  const undo = await damage(owner, [
    { table: 'entries', before: [late], after: [{ ...late, balance_after: 26n }] },
  ]);
  t.like(await run(), { ok: false, scope: 'new', broken: ['running_balances'] });
  await undo();
  t.like(await run(), { ok: true, scope: 'new', broken: [] });
});

test('a run cannot see that a verified entry was changed; the next full run can', async (t) => {
  const { activity, run } = t.context;
  const { owner, time } = activity.bank;
  const { entry } = (await aTarget(t.context, 'old')) ?? t.fail('nothing was verified');
  const undo = await damage(owner, [
    { table: 'entries', before: [entry], after: [{ ...entry, amount: BigInt(entry.amount) + 1n }] },
  ]);
  t.like(await run(), { ok: true, scope: 'new' });
  time.now = new Date(time.now.getTime() + 24 * HOUR_MS);
  await owner('reconciliation_checkpoint').update({ full_run_at: new Date(0) });
  const scheduled = keepReconciling(activity.bank.deps, {
    everySeconds: 0.1,
    fullEveryHours: 24,
    restFactor: 0,
  });
  t.teardown(() => scheduled.stop());
  await eventually(async () => (await lastReconciliation(owner))?.outcome.ok === false);
  t.like((await lastReconciliation(owner))?.outcome, { ok: false, scope: 'full', verifiedUpTo: null });
  await undo();
  await eventually(async () => (await lastReconciliation(owner))?.outcome.ok === true);
});

test('a verified entry that was rewritten with all that depends on it is found by its account', async (t) => {
  const { activity, run } = t.context;
  const { owner } = activity.bank;
  const [verified] = await owner('reconciled_accounts').where('number', '>', 1).limit(1);
  const [entry] = await owner('entries').where({
    account_id: uuidBytes(verified.account_id),
    number: verified.number,
  });
  const undo = await damage(owner, [
    {
      table: 'entries',
      before: [entry],
      after: [{ ...entry, balance_after: BigInt(entry.balance_after) + 5n }],
    },
  ]);
  const found = await run(true);
  t.deepEqual(found.broken, ['running_balances']);
  await undo();
  t.like(await run(), { ok: true });
});

test('a run waits for the one that another replica has under way', async (t) => {
  const { activity, run } = t.context;
  const { db } = activity.bank.deps;
  const lease = await takeLease(db, 'reconciliation run', 60);
  let isDone = false;
  const waiting = run().finally(() => {
    isDone = true;
  });
  await sleep(400);
  t.false(isDone);
  await queryOnce(db, releaseLease(lease as Lease));
  t.like(await waiting, { ok: true });
});
