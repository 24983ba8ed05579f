import type { ExecutionContext } from 'ava';
import type { TestBank, TestPerson } from '../fixtures.ts';

/** An IBAN of another bank. */
export const ELSEWHERE = 'DE89370400440532013000';

/** A transfer of `from` to another bank, posted. @returns its operation */
export async function payElsewhere(
  t: ExecutionContext,
  bank: TestBank,
  agent: TestPerson,
  from: { person: TestPerson; account: string },
  { amount = 1_000, name = 'Otto Normal', reference = null as string | null, iban = ELSEWHERE } = {},
): Promise<string> {
  const body = {
    type: 'external_transfer',
    from_account_id: from.account,
    to: { name, iban },
    amount,
    reference,
  };
  const sent = await bank.client.post('/api/operations', body, { token: from.person.token });
  t.is(sent.status, 201, sent.text);
  const decided = await bank.approve(agent, sent.body.id);
  t.is(decided.body.status, 'posted', decided.text);
  return sent.body.id;
}
