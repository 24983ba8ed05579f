import test from 'ava';
import { beneficiaries, buildAccount, buildUser } from '../../testing/fixtures.ts';
import { readTransfer } from './rules.ts';

const alice = buildUser('alice', 'member');
const [from, to] = [buildAccount(1, alice), buildAccount(2, alice)];
const read = (fields: Record<string, string>) =>
  readTransfer(
    new URLSearchParams({ from_account_id: from.id, amount: '12,50', ...fields }),
    [from, to],
    beneficiaries,
  );

test('an internal transfer needs two of the user’s accounts', (t) => {
  t.like(read({ kind: 'internal', to_account_id: to.id }), {
    transfer: { kind: 'internal', amountMinor: 1_250n },
  });
  t.deepEqual(read({ kind: 'internal', to_account_id: from.id }), {
    errors: { to_account_id: 'refusals.same_account' },
  });
  t.deepEqual(read({ kind: 'internal', to_account_id: 'another' }), {
    errors: { to_account_id: 'choose_one' },
  });
});

test('a saved payee fills in the name and number', (t) => {
  t.like(read({ kind: 'external', beneficiary: beneficiaries[1]?.id ?? '', save: 'yes' }), {
    transfer: {
      payeeName: 'Chloé Garnier',
      payeeNumber: { iban: 'FR7630099000010000000009982' },
      save: false,
    },
  });
});

test('all errors are reported together', (t) => {
  t.deepEqual(read({ kind: 'external', from_account_id: '', amount: 'x', reference: 'x'.repeat(141) }), {
    errors: {
      from_account_id: 'choose_one',
      amount: 'amount_unclear',
      reference: 'reference_too_long',
      payee_name: 'required',
      payee_number: 'required',
    },
  });
});
