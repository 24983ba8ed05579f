import fc from 'fast-check';

/**
 * A planned action that names accounts and operations by positions in lists. A position is resolved when the action runs, so that every plan is valid
 * in every bank and a failing sequence can be shortened.
 */
export type Plan =
  | { do: 'open'; member: number; currency: 'EUR' | 'USD' }
  | {
      do: 'deposit' | 'withdraw';
      account: number;
      amount: number;
      stranger: boolean;
      isPoison: boolean;
      hasCode: boolean;
    }
  | { do: 'move'; account: number; other: number; amount: number; inDays: number }
  | {
      do: 'pay';
      account: number;
      payee: 'current' | 'former' | 'unknown' | 'abroad';
      other: number;
      amount: number;
      hasCode: boolean;
      /** The day for which it's requested; 0: it has none. */
      inDays: number;
    }
  | { do: 'close' | 'renew'; account: number }
  | { do: 'reverse'; agent: number; operation: number }
  | { do: 'approve' | 'reject'; agent: number; operation: Choice }
  | { do: 'cancel'; operation: Choice; stranger: boolean }
  | { do: 'decide'; agent: number; items: { action: 'approve' | 'reject'; operation: Choice }[] }
  | { do: 'overdraft'; agent: number; account: number; amount: number }
  | { do: 'limits'; agent: number; account: number; operation: number | null; day: number | null }
  | PaymentPlan;

/** A planned action of an agent about files from other banks and batches for them. */
export type PaymentPlan =
  | { do: 'receive'; agent: number; message: number; currency: 'EUR' | 'USD'; payments: PlannedPayment[] }
  | {
      do: 'receive_returns';
      agent: number;
      message: number;
      currency: 'EUR' | 'USD';
      returns: PlannedReturn[];
    }
  | { do: 'assign' | 'send_back'; agent: number; item: number; account: number }
  | { do: 'batch'; agent: number }
  | { do: 'sent' | 'settled'; agent: number; batch: number };

/** A payment from another bank; one with the same name, payee and amount is the same. */
interface PlannedPayment {
  name: number;
  account: number;
  payee: 'current' | 'former' | 'unknown';
  amount: number;
}

/** The return of a transfer to another bank, or of one that never was, with its amount or another. */
interface PlannedReturn {
  operation: number;
  isUnknown: boolean;
  isOther: boolean;
}

/** An operation: one of the waiting ones, one of all, or one that does not exist. */
export interface Choice {
  of: 'waiting' | 'all' | 'none';
  place: number;
}

const place = fc.nat({ max: 99 });
const amount = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 300 }) },
  { weight: 1, arbitrary: fc.integer({ min: 4_999, max: 5_002 }) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 9_000 }) },
);
const inDays = fc.constantFrom(0, 0, 0, 0, 1, 2, 4);
const seldom = fc.nat({ max: 11 }).map((chance) => chance === 0);
const choice: fc.Arbitrary<Choice> = fc.record({
  of: fc.nat({ max: 11 }).map((chance) => (chance < 9 ? 'waiting' : chance < 11 ? 'all' : 'none')),
  place,
});
const message = fc.nat({ max: 30 });
const fileCurrency = fc.nat({ max: 7 }).map((chance) => (chance === 0 ? 'USD' : 'EUR'));
const minorOrNone = fc.option(fc.integer({ min: 0, max: 20_000 }));

const PLANS: Readonly<Record<string, { weight: number; arbitrary: fc.Arbitrary<Plan> }>> = {
  open: {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('open'),
      member: place,
      currency: fc.nat({ max: 4 }).map((chance) => (chance === 0 ? 'USD' : 'EUR')),
    }),
  },
  cash: {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('deposit', 'deposit', 'withdraw'),
      account: place,
      amount,
      stranger: seldom,
      isPoison: seldom,
      hasCode: fc.boolean(),
    }),
  },
  move: {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('move'), account: place, other: place, amount, inDays }),
  },
  pay: {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pay'),
      account: place,
      payee: fc.constantFrom('current', 'current', 'former', 'unknown', 'abroad', 'abroad', 'abroad'),
      other: place,
      amount,
      hasCode: fc.boolean(),
      inDays,
    }),
  },
  life: { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('close', 'renew'), account: place }) },
  reverse: {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('reverse'), agent: place, operation: place }),
  },
  judge: {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constantFrom('approve', 'approve', 'approve', 'approve', 'reject'),
      agent: place,
      operation: choice,
    }),
  },
  cancel: {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('cancel'), operation: choice, stranger: seldom }),
  },
  decide: {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('decide'),
      agent: place,
      items: fc.array(
        fc.record({ action: fc.constantFrom('approve', 'approve', 'reject'), operation: choice }),
        { minLength: 1, maxLength: 5 },
      ),
    }),
  },
  overdraft: {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('overdraft'),
      agent: place,
      account: place,
      amount: fc.constantFrom(0, 500, 5_000, 5_001, 9_000),
    }),
  },
  limits: {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('limits'),
      agent: place,
      account: place,
      operation: minorOrNone,
      day: minorOrNone,
    }),
  },
  receive: {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('receive'),
      agent: place,
      message,
      currency: fileCurrency,
      payments: fc.array(
        fc.record({
          name: fc.nat({ max: 20 }),
          account: place,
          payee: fc.constantFrom('current', 'current', 'former', 'unknown'),
          amount: fc.constantFrom(1, 250, 2_600),
        }),
        { minLength: 1, maxLength: 5 },
      ),
    }),
  },
  receive_returns: {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('receive_returns'),
      agent: place,
      message,
      currency: fileCurrency,
      returns: fc.array(fc.record({ operation: place, isUnknown: seldom, isOther: seldom }), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  },
  resolve: {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('assign', 'assign', 'send_back'),
      agent: place,
      item: place,
      account: place,
    }),
  },
  batch: { weight: 2, arbitrary: fc.record({ do: fc.constant('batch'), agent: place }) },
  advance: {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('sent', 'settled'), agent: place, batch: place }),
  },
};

/** Any action. */
export const anyPlan: fc.Arbitrary<Plan> = fc.oneof(...Object.values(PLANS));

/** An action that a client can retry with its key. */
export const keyedPlan: fc.Arbitrary<Plan> = anyPlan.filter(
  (plan) => !('overdraft' === plan.do || 'limits' === plan.do),
);

/** An action that may run when an operation expires. */
export const endingPlan: fc.Arbitrary<Plan> = fc.oneof(
  PLANS.judge?.arbitrary ?? anyPlan,
  PLANS.cancel?.arbitrary ?? anyPlan,
  PLANS.decide?.arbitrary ?? anyPlan,
);
