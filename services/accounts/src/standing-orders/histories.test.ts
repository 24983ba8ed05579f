import { nextBusinessDay, orderDate, orderNumberFrom } from '@guichet/calendar';
import { FREQUENCIES, type Frequency } from '@guichet/contract';
import test from 'ava';
import fc from 'fast-check';
import { executeDue } from '../decisions/execute-due.ts';
import { makePayments } from '../decisions/make-payments.ts';
import { openTestBank, type TestPerson } from '../fixtures.ts';

const AMOUNT = 400;
const TODAY = '2026-11-30';
const after = (date: string, days: number) =>
  new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);

/** The simplest possible standing order, which is followed day by day. */
class PlainOrder {
  status = 'active';
  today = TODAY;
  balance: number;
  isPayeeGone = false;
  payments: { date: string; status: string; due: string; attempts: number }[] = [];
  readonly #dates: { every: Frequency; firstOn: string };
  readonly #count: number | null;
  #number = 0;

  constructor(every: Frequency, firstOn: string, count: number | null, balance: number) {
    this.#dates = { every, firstOn };
    this.#count = count;
    this.balance = balance;
  }

  get next(): string | null {
    if (this.status !== 'active' || this.#isThrough) return null;
    return orderDate(this.#dates, this.#number);
  }

  get #isThrough(): boolean {
    return this.#count !== null && this.#number >= this.#count;
  }

  morning(): void {
    while (this.next !== null && this.next <= this.today) {
      this.payments.push({ date: this.next, status: 'open', due: this.today, attempts: 0 });
      this.#number += 1;
    }
    for (const payment of this.payments)
      if (payment.status === 'open' && payment.due <= this.today) this.#pay(payment);
  }

  #pay(payment: (typeof this.payments)[number]): void {
    payment.attempts += 1;
    if (this.isPayeeGone) {
      payment.status = 'expired';
      this.status = 'suspended';
    } else if (this.balance >= AMOUNT) {
      payment.status = 'posted';
      this.balance -= AMOUNT;
    } else if (payment.attempts === 3) payment.status = 'expired';
    else payment.due = nextBusinessDay(this.today);
    if (
      payment.status !== 'open' &&
      this.status === 'active' &&
      this.#isThrough &&
      payment === this.payments.at(-1)
    )
      this.status = 'ended';
  }

  change(change: 'pause' | 'resume' | 'end'): void {
    if (change === 'end') this.status = 'ended';
    if (change === 'pause' && this.status === 'active') this.status = 'paused';
    if (change === 'resume' && ['paused', 'suspended'].includes(this.status) && !this.isPayeeGone) {
      this.#number = Math.max(this.#number, orderNumberFrom(this.#dates, after(this.today, 1)));
      this.status = this.#isThrough ? 'ended' : 'active';
    }
    if (this.status === 'active') return;
    const last = this.payments.at(-1);
    if (last?.status === 'open') last.status = 'cancelled';
  }
}

const bank = await openTestBank();
test.after.always(() => bank.close());

type Step = { do: 'wait'; days: number } | { do: 'deposit' | 'pause' | 'resume' | 'end' | 'renew' };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('wait' as const), days: fc.constantFrom(1, 2, 5, 20) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom('deposit' as const, 'pause', 'resume', 'resume') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('end' as const, 'renew') }) },
);

/** Random histories alone may lack an outcome: a payment that is cancelled, skipped and the last, or suspends its order. */
const EACH_OUTCOME: [Frequency, number, number | null, number, Step[]][] = [
  ['week', 1, null, 0, [{ do: 'wait', days: 1 }, { do: 'pause' }]],
  ['week', 1, 1, 0, [{ do: 'wait', days: 5 }]],
  ['week', 1, null, 5_000, [{ do: 'renew' }, { do: 'wait', days: 1 }]],
];

test('whatever happens, a standing order pays what the simplest one pays', async (t) => {
  const agent = await bank.person('agent');
  const counted = { payments: 0, skipped: 0, suspended: 0, cancelled: 0, ended: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...FREQUENCIES, 'week'),
      fc.integer({ min: 1, max: 4 }),
      fc.option(fc.integer({ min: 1, max: 3 })),
      fc.constantFrom(0, 900, 5_000),
      fc.array(step, { minLength: 4, maxLength: 14 }),
      async (every, inDays, count, balance, steps) => {
        bank.time.now = at(TODAY, '05:00');
        const [alice, bob] = [await bank.person('member'), await bank.person('member')];
        const account = await bank.account(alice, agent, balance);
        const theirs = await bank.account(bob, agent);
        const { iban } = (await bank.client.get(`/api/accounts/${theirs}`, { token: bob.token })).body;
        const first_on = after(TODAY, inDays);
        const asked = await bank.client.post(
          '/api/standing-orders',
          { from_account_id: account, to: { name: 'B', iban }, amount: AMOUNT, every, first_on, count },
          { token: alice.token },
        );
        await bank.approve(agent, asked.body.id);
        const plain = new PlainOrder(every as Frequency, first_on, count, balance);
        for (const one of steps)
          await take(one, plain, { agent, alice, bob, account, theirs, id: asked.body.id });
        const shown = await look(alice, account, asked.body.id);
        t.deepEqual(shown, {
          status: plain.status,
          next: plain.next,
          balance: plain.balance,
          payments: plain.payments.map(({ date, status }) => [date, status === 'open' ? 'approved' : status]),
        });
        counted.payments += plain.payments.length;
        for (const { status } of plain.payments) {
          if (status === 'expired') counted.skipped += 1;
          if (status === 'cancelled') counted.cancelled += 1;
        }
        if (plain.status === 'suspended') counted.suspended += 1;
        if (plain.status === 'ended') counted.ended += 1;
      },
    ),
    { numRuns: 40, examples: EACH_OUTCOME },
  );
  const { body } = await bank.client.post('/api/ledger/reconciliation', undefined, { token: agent.token });
  t.true(body.ok);
  for (const [what, count] of Object.entries(counted)) t.true(count > 0, `nothing was ${what}`);
});

const at = (date: string, time: string) => new Date(`${date}T${time}:00Z`);

interface Scene {
  agent: TestPerson;
  alice: TestPerson;
  bob: TestPerson;
  account: string;
  theirs: string;
  id: string;
}

async function take(
  one: Step,
  plain: PlainOrder,
  { agent, alice, bob, account, theirs, id }: Scene,
): Promise<void> {
  const { client } = bank;
  switch (one.do) {
    case 'wait':
      for (let day = 0; day < one.days; day += 1) {
        plain.today = after(plain.today, 1);
        bank.time.now = at(plain.today, '07:00');
        await makePayments(bank.deps);
        await executeDue(bank.deps, (command) => bank.queue.decide(command));
        plain.morning();
      }
      return;
    case 'deposit': {
      const body = { type: 'deposit', account_id: account, amount: AMOUNT };
      const asked = await client.post('/api/operations', body, { token: alice.token });
      await bank.approve(agent, asked.body.id);
      plain.balance += AMOUNT;
      return;
    }
    case 'renew': {
      const asked = await client.post(`/api/accounts/${theirs}/rib`, undefined, { token: bob.token });
      await bank.approve(agent, asked.body.id);
      plain.isPayeeGone = true;
      return;
    }
    case 'end':
      await client.delete(`/api/standing-orders/${id}`, undefined, { token: alice.token });
      return plain.change('end');
    default:
      await client.post(`/api/standing-orders/${id}/${one.do}`, undefined, { token: alice.token });
      return plain.change(one.do);
  }
}

async function look({ token }: TestPerson, account: string, id: string) {
  const [order, held, payments] = await Promise.all([
    bank.client.get(`/api/standing-orders/${id}`, { token }),
    bank.client.get(`/api/accounts/${account}`, { token }),
    bank.client.get(`/api/standing-orders/${id}/payments?limit=200`, { token }),
  ]);
  return {
    status: order.body.status,
    next: order.body.next_dates[0] ?? null,
    balance: held.body.balance,
    payments: payments.body.items
      .map((one: { execute_on: string; status: string }) => [one.execute_on, one.status])
      .toReversed(),
  };
}
