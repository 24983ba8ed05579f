import { type InterestLine, InterestLineView, OperationView } from '@guichet/contract/accounts';
import { buildOperation, fakeId } from '../fixtures.ts';
import { household, savings } from './accounts.ts';
import { bruno } from './people.ts';
import { type Answers, byId, type Call, created, list } from './replies.ts';

const totals = { count: 2, interest: 28_437, overdraft_interest: 0, fees: 200 };
const common = {
  type: 'interest_run' as const,
  amount: 28_637,
  from_account_id: null,
  to: null,
  payee_check: null,
};

/** Interest runs, the newest first; the list of operations leaves them out. */
export const interestRuns = [
  buildOperation(500, bruno, {
    ...common,
    id: fakeId(16, 1),
    reference: '2026-10',
    interest_run: { ...totals, month: '2026-10', state: 'requested' },
  }),
  buildOperation(501, bruno, {
    ...common,
    id: fakeId(16, 2),
    status: 'posted',
    reference: '2026-09',
    interest_run: { ...totals, month: '2026-09', state: 'posting' },
    decided_at: '2026-10-02T08:30:00.000Z',
  }),
];

const lines: InterestLine[] = [savings, household].map((account, index) => ({
  id: fakeId(17, index + 1),
  account_id: account.id,
  owner_name: account.owner_name,
  iban: account.iban,
  type: index === 0 ? 'interest' : 'fee',
  amount: index === 0 ? 28_437 : 200,
  currency: 'EUR',
  status: index === 0 ? 'posted' : 'skipped',
  reason: index === 0 ? null : 'insufficient_funds',
}));

export function interestRunAnswers({ id }: Call): Answers {
  return {
    'POST /api/interest-runs': () => created(OperationView, interestRuns[0] as (typeof interestRuns)[0]),
    'GET /api/interest-runs/:id/lines': () =>
      list(InterestLineView, byId(interestRuns, id) === undefined ? [] : lines),
  };
}
