import { ibanCheckDigits, isIban, isRib, ribKey } from '@guichet/iban';
import test from 'ava';
import fc from 'fast-check';
import { openCommandQueue } from '../command-queue.ts';
import { openTestBank, TEST_RULES } from '../fixtures.ts';
import { drawNumber, isOurIban, makeIban } from './make-rib.ts';
import { readPayeeIban } from './read-payee-iban.ts';

test('no two accounts get the same number, even with few free numbers and two concurrent replicas', async (t) => {
  // Thirty numbers for twenty accounts and two renewals, each of which retires a number.
  const bank = await openTestBank({ drawNumber: () => drawNumber() % 30 });
  const [agent, alice] = [await bank.person('agent'), await bank.person('member')];
  const other = openCommandQueue(bank.deps);
  const by = { id: agent.id, username: agent.username, role: 'agent' } as const;
  const approve = (queue: typeof other, operationId: string) =>
    queue.decide({
      operationId,
      action: 'approve',
      by,
      reason: null,
      correlationId: null,
      idempotency: null,
    });
  const requested = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      bank.client.post('/api/accounts', { name: `A${i}`, type: 'current' }, { token: alice.token }),
    ),
  );
  const decided = await Promise.all(
    requested.map(({ body }, i) => approve(i % 2 === 0 ? bank.queue : other, body.id)),
  );
  t.true(decided.every((outcome) => !('refusal' in outcome)));
  for (const { body } of requested.slice(0, 2)) {
    const renewal = await bank.client.post(`/api/accounts/${body.account_id}/rib`, undefined, {
      token: alice.token,
    });
    t.is((await bank.approve(agent, renewal.body.id)).body.status, 'posted');
  }
  const { body } = await bank.client.get('/api/accounts?limit=200', { token: alice.token });
  const ibans = body.items.map(({ iban }: { iban: string }) => iban);
  t.is(new Set(ibans).size, 20);
  const given: { iban: string; retired_at: Date | null }[] = await bank.deps.db('ribs');
  t.is(given.length, 22);
  t.is(given.filter(({ retired_at }) => retired_at !== null).length, 2);
  await other.idle();
  await bank.close();
});

test('every account number gives a valid RIB and IBAN of this bank', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 11 - 1 }), (number) => {
      const iban = makeIban({ ...TEST_RULES, drawNumber: () => number });
      t.true(isIban(iban) && isOurIban(iban, TEST_RULES));
      const [bank, branch, account, key] = [
        iban.slice(4, 9),
        iban.slice(9, 14),
        iban.slice(14, 25),
        iban.slice(25),
      ];
      const rib = { bank, branch, number: account, key };
      t.true(isRib(rib));
      t.is(account, String(number).padStart(11, '0'));
      t.is(readPayeeIban({ rib }), iban);
      t.is(readPayeeIban({ rib: `${bank} ${branch} ${account} ${key}` }), iban);
      t.is(readPayeeIban({ iban: iban.toLowerCase().replace(/(.{4})/g, '$1 ') }), iban);
    }),
  );
});

// One published example of each country, from the SWIFT registry.
const FOREIGN = [
  'DE89370400440532013000',
  'BE68539007547034',
  'GB29NWBK60161331926819',
  'ES9121000418450200051332',
  'IT60X0542811101000000123456',
  'NL91ABNA0417164300',
  'CH9300762011623852957',
  'PT50000201231234567890154',
  'LU280019400644750000',
  'NO9386011117947',
  'PL61109010140000071219812874',
  'SE4550000000058398257466',
];

for (const iban of FOREIGN) {
  test(`an IBAN of ${iban.slice(0, 2)} is accepted only in its own length and structure`, (t) => {
    t.is(readPayeeIban({ iban }), iban);
    const wrong = [iban.slice(0, -1), `${iban}0`, `XX${iban.slice(2)}`, iban.replace(/\d$/, 'A')];
    const [last = ''] = iban.slice(-1);
    wrong.push(iban.slice(0, -1) + ((Number(last) + 1) % 10));
    for (const typed of wrong) {
      t.throws(() => readPayeeIban({ iban: typed }), { code: 'invalid_iban' } as never, typed);
    }
  });
}

test('the code of an overseas territory is not an IBAN country, and a RIB must not have letters in bank or branch', (t) => {
  for (const [country, bban] of [
    ['WF', '20041010050500013M02606'],
    ['RE', '20041010050500013M02606'],
    ['AX', '12345600000785'],
  ] as const) {
    const iban = `${country}${ibanCheckDigits(country, bban)}${bban}`;
    t.throws(() => readPayeeIban({ iban }), { code: 'invalid_iban' } as never, iban);
  }
  const letters = { bank: '2004A', branch: '01005', number: '0500013M026' };
  const rib = { ...letters, key: ribKey(letters.bank, letters.branch, letters.number) };
  for (const given of [rib, Object.values(rib).join('')]) {
    t.throws(() => readPayeeIban({ rib: given }), { code: 'invalid_rib' } as never);
  }
  t.is(readPayeeIban({ iban: 'by26 akb1 0100 0000 0296 6000 000a' }), 'BY26AKB10100000002966000000A');
});
