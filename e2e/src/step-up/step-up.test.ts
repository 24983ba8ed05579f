import { newId } from '@guichet/database';
import type { Peer } from '@guichet/http';
import { testTokens } from '@guichet/testing';
import test from 'ava';
import { openTestBank, type TestPerson } from '../../../services/accounts/src/fixtures.ts';
import { secondFactorInAuth } from '../../../services/accounts/src/step-up/second-factor-in-auth.ts';
import { openTestAuth } from '../../../services/auth/src/fixtures.ts';
import { addPasskey } from '../../../services/auth/src/passkeys/software-authenticator.fixture.ts';

// auth and accounts together, as in a running bank: what accounts executes is what auth compares with the confirmation.
const auth = await openTestAuth({ asPeer: 'accounts' });
const tokens = testTokens();
const request: Peer['request'] = ({ path, body }) => auth.api.post(path, body as object);
const bank = await openTestBank({}, tokens, secondFactorInAuth({ request }));
const agent = await bank.person('agent');
await bank.person('agent');
test.after.always(async () => {
  await bank.close();
  await auth.close();
});

const IBAN = 'BE68539007547034';

/** A member whom both services know, with a passkey and an account. */
async function payer() {
  const person = await auth.person();
  const { authenticator, passkey } = await addPasskey(auth, person.token);
  await bank.admit({ id: person.id, username: person.username, role: 'member' });
  const token = tokens.issue({ userId: person.id, username: person.username, role: 'member' });
  const known: TestPerson = { id: person.id, username: person.username, token };
  const account = await bank.account(known, agent, 900_000);
  async function confirm(amount: number, iban: string) {
    const begun = await auth.api.post('/api/auth/step-up/options', { amount, iban }, { token: person.token });
    const { challenge_id, options } = begun.body;
    const credential = authenticator.sign(options);
    const reply = await auth.api.post(
      '/api/auth/step-up',
      { challenge_id, credential },
      { token: person.token },
    );
    return reply.body.step_up as string;
  }
  const pay = (amount: number, more: object, iban = IBAN) =>
    bank.client.post(
      '/api/operations',
      { type: 'external_transfer', from_account_id: account, to: { name: 'Jan', iban }, amount, ...more },
      { token, headers: { 'idempotency-key': newId() } },
    );
  return { person, passkey, account, token, confirm, pay };
}

test.serial(
  'a payment above the threshold needs the passkey, and gets exactly what it confirmed',
  async (t) => {
    const { pay, confirm } = await payer();
    t.like(await pay(150_000, {}), { status: 403, body: { code: 'totp_required' } });
    const more = { step_up: await confirm(150_000, 'BE68 5390 0754 7034') };
    t.like(await pay(150_000, more), { status: 201, body: { amount: 150_000, to: { iban: IBAN } } });
    t.like(await pay(150_000, more), { status: 403, body: { code: 'invalid_totp' } });
  },
);

test.serial('a thief who changes the amount or the payee after the confirmation gets nothing', async (t) => {
  const { pay, confirm } = await payer();
  const small = { step_up: await confirm(1, IBAN) };
  t.is((await pay(500_000, small)).body.code, 'invalid_totp');
  const redirected = { step_up: await confirm(150_000, IBAN) };
  t.is((await pay(150_000, redirected, 'DE89370400440532013000')).body.code, 'invalid_totp');
});

test.serial('of two payments at once with one confirmation, one is made', async (t) => {
  const { pay, confirm } = await payer();
  const more = { step_up: await confirm(150_000, IBAN) };
  const replies = await Promise.all([pay(150_000, more), pay(150_000, more)]);
  t.deepEqual(replies.map(({ status }) => status).sort(), [201, 403]);
});

test.serial('a confirmation of one member pays for no other, and signing out voids it', async (t) => {
  const alice = await payer();
  const mallory = await payer();
  const more = { step_up: await alice.confirm(150_000, IBAN) };
  t.is((await mallory.pay(150_000, more)).body.code, 'invalid_totp');
  await auth.api.post('/api/auth/logout', undefined, { token: alice.person.token });
  t.is((await alice.pay(150_000, more)).body.code, 'invalid_totp');
});

test.serial('a withdrawal is confirmed with its own account’s IBAN', async (t) => {
  const { account, token, confirm } = await payer();
  const { iban } = (await bank.client.get(`/api/accounts/${account}`, { token })).body;
  const withdraw = (step_up: string) =>
    bank.client.post(
      '/api/operations',
      { type: 'withdrawal', account_id: account, amount: 150_000, step_up },
      { token },
    );
  t.is((await withdraw(await confirm(150_000, IBAN))).body.code, 'invalid_totp');
  t.is((await withdraw(await confirm(150_000, iban))).status, 201);
});
