import test from 'ava';
import { beneficiaries, buildOperation, buildUser } from '../../testing/fixtures.ts';
import { knownPayees } from './known-payees.ts';

const alice = buildUser('alice', 'member');
const [regie, chloe] = beneficiaries as [(typeof beneficiaries)[0], (typeof beneficiaries)[0]];
const transferTo = (number: number, name: string | null, iban: string, changes = {}) =>
  buildOperation(number, alice, { to: { name, iban }, ...changes });

test('payees of recent transfers come first, each once, and a saved one under its saved name and id', (t) => {
  const { recent, others } = knownPayees(
    [
      transferTo(9, 'Jan Peeters', 'BE68539007547034'),
      transferTo(8, 'regie', regie.iban),
      transferTo(7, 'J. Peeters', 'BE68539007547034'),
    ],
    beneficiaries,
  );
  t.deepEqual(recent, [
    { id: buildOperation(9, alice).id, name: 'Jan Peeters', iban: 'BE68539007547034' },
    { id: regie.id, name: regie.name, iban: regie.iban },
  ]);
  t.deepEqual(others, [{ id: chloe.id, name: chloe.name, iban: chloe.iban }]);
});

test('a payee of a rejected transfer, or one without a name, is not offered', (t) => {
  const transfers = [
    transferTo(9, 'A thief', 'BE68539007547034', { status: 'rejected' }),
    transferTo(8, null, 'DE89370400440532013000'),
    buildOperation(7, alice, { to: null }),
  ];
  t.deepEqual(knownPayees(transfers, []), { recent: [], others: [] });
});
