import { ROLES } from '@guichet/contract';
import { AccountView } from '@guichet/contract/accounts';
import test from 'ava';
import { household } from './answers/accounts.ts';
import { pendingTransfer } from './answers/operations.ts';
import { answersByRoute } from './fake-answers.ts';
import { fit } from './fit.ts';

for (const role of ROLES) {
  test(`the fake bank replies to ${role} with what the contract describes`, (t) => {
    const request = {
      method: 'GET',
      path: '/',
      query: new URLSearchParams(),
      headers: {},
      body: { items: [{ id: pendingTransfer.id, decision: 'approve' }] },
    };
    const { 'PATCH /api/auth/profile': changeProfile, ...answers } = answersByRoute({
      request,
      role,
      id: household.id,
    });
    for (const answer of Object.values(answers)) t.true([200, 201, 202, 204, 404].includes(answer().status));
    const change = { ...request, body: { language: 'fr' } };
    t.is(answersByRoute({ request: change, role, id: '' })['PATCH /api/auth/profile']?.().status, 200);
    t.throws(() => changeProfile?.());
  });
}

test('a reply with a missing, wrong or additional field does not fit', (t) => {
  const { bic: _, ...incomplete } = household;
  t.is(fit(AccountView, household), household);
  t.throws(() => fit(AccountView, incomplete as never));
  t.throws(() => fit(AccountView, { ...household, balance: '1' } as never));
  t.throws(() => fit(AccountView, { ...household, more: 1 } as never));
});
