import test from 'ava';
import { beneficiaries, buildAccount, buildUser } from '../../testing/fixtures.ts';
import { readTransfer } from './rules.ts';

const alice = buildUser('alice', 'member');
const [from, to] = [buildAccount(1, alice), buildAccount(2, alice)];
const yen = buildAccount(3, alice, { currency: 'JPY' });
const TODAY = '2026-11-30';
const read = (fields: Record<string, string>) =>
  readTransfer(
    new URLSearchParams({ from_account_id: from.id, amount: '12,50', ...fields }),
    [from, to, yen],
    beneficiaries,
    TODAY,
  );

test('an internal transfer needs two of the user’s accounts', (t) => {
  t.like(read({ kind: 'internal', to_account_id: to.id }), {
    transfer: { kind: 'internal', amountMinor: 1_250n },
  });
  t.deepEqual(read({ kind: 'internal', to_account_id: from.id }), {
    errors: { to_account_id: 'refusals.same_account' },
    funds: {},
  });
  t.deepEqual(read({ kind: 'internal', to_account_id: 'another' }), {
    errors: { to_account_id: 'choose_one' },
    funds: {},
  });
  t.deepEqual(read({ kind: 'internal', to_account_id: yen.id }), {
    errors: { to_account_id: 'refusals.currency_mismatch' },
    funds: {},
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
    funds: {},
  });
});

test('the amount, the account number and the name are refused at once', (t) => {
  const payee = { kind: 'external', payee_name: '', payee_number: 'FR76 1234' };
  t.deepEqual(read({ ...payee, amount: '999999' }), {
    errors: { payee_name: 'required', payee_number: 'refusals.invalid_iban' },
    funds: { amount: 'refusals.insufficient_funds' },
  });
  t.like(read({ ...payee, payee_name: 'Jan', payee_number: '30099 00001 00000000042 39' }), {
    errors: { payee_number: 'refusals.invalid_rib' },
  });
  const limited = { ...from, limits: { operation: 1_000, day: null } };
  const fields = { from_account_id: from.id, amount: '12,50', kind: 'internal', to_account_id: to.id };
  t.like(readTransfer(new URLSearchParams(fields), [limited, to], [], TODAY), {
    funds: { amount: 'refusals.limit_exceeded' },
  });
});

test('a day is from tomorrow until a year ahead; until then, the money may arrive', (t) => {
  const fields = { kind: 'internal', to_account_id: to.id, amount: '999999' };
  t.like(read({ ...fields, execute_on: '2026-12-01' }), {
    funds: {},
    transfer: { executeOn: '2026-12-01' },
  });
  t.like(read({ ...fields, execute_on: '' }), { transfer: { executeOn: null } });
  for (const date of ['2026-11-30', '2027-12-01', '2026-12-1', 'tomorrow'])
    t.like(read({ ...fields, execute_on: date }), { errors: { execute_on: 'date_range' } }, date);
});

test('a transfer that repeats is a standing order, with its first day and at most one end', (t) => {
  const fields = { kind: 'internal', to_account_id: to.id, every: 'month', execute_on: '2026-12-31' };
  const dates = { every: 'month', firstOn: '2026-12-31', lastOn: null, count: null, replacesId: null };
  t.like(read(fields), { transfer: { repeat: dates } });
  t.like(read({ ...fields, last_on: '2027-12-31' }), {
    transfer: { repeat: { ...dates, lastOn: '2027-12-31' } },
  });
  t.like(read({ ...fields, count: '12' }), { transfer: { repeat: { ...dates, count: 12 } } });
  t.like(read({ ...fields, every: '', last_on: '2020-01-01', count: 'x' }), { transfer: { repeat: null } });
  const refused: [Record<string, string>, Record<string, string>][] = [
    [{ execute_on: '' }, { execute_on: 'required' }],
    [{ last_on: '2026-12-30' }, { last_on: 'before_first' }],
    [{ last_on: '31/12/2027' }, { last_on: 'not_accepted' }],
    [{ last_on: '2027-02-30' }, { last_on: 'not_accepted' }],
    [{ last_on: '2027-12-31', count: '2' }, { count: 'one_end' }],
    [{ count: '0' }, { count: 'repeat_range' }],
    [{ count: '1.5' }, { count: 'repeat_range' }],
    [{ count: 'ten' }, { count: 'repeat_range' }],
    [{ every: '', replaces: from.id }, { every: 'choose_one' }],
  ];
  for (const [changed, errors] of refused)
    t.like(read({ ...fields, ...changed }), { errors }, JSON.stringify(changed));
});
