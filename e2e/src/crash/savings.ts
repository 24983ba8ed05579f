import { eventually } from '@guichet/testing';
import { pacs008 } from '../../../services/accounts/src/payment-files/files.fixture.ts';
import { bankDate } from '../bank-date.ts';
import { requestAccount } from '../people.ts';
import type { Person, Reply } from '../person.ts';

/** When the savings are opened, from the present, in seconds: the end of a month lies between. */
export const SAVINGS_SINCE_S = -40 * 86_400;

/** What is paid into each of the savings, in minor units. */
export const SAVED_MINOR = 100_000;

/** The text of the payments that pay it in. */
export const SAVED_TEXT = 'Savings';

const REQUESTS_AT_ONCE = 16;
const DECISIONS_AT_ONCE = 1_000;

export interface Savings {
  id: string;
  iban: string;
}

/** Opens accounts that each have interest and a fee at the end of the month, and pays into each by a file. The clock has to be in the past. */
export async function openSavings({
  root,
  agent,
  second,
  saver,
  count,
}: {
  root: Person;
  agent: Person;
  second: Person;
  saver: Person;
  count: number;
}): Promise<Savings[]> {
  await read(
    root.put('/api/products/savings', {
      name: 'Savings',
      type: 'savings',
      interest_rate: 365,
      overdraft_rate: 0,
      monthly_fee: 7,
      valid_from: bankDate(SAVINGS_SINCE_S),
    }),
  );
  const requested: string[] = [];
  const request = async () => {
    while (requested.length < count) {
      const place = requested.push('') - 1;
      requested[place] = (await requestAccount(saver, { type: 'savings' })).id;
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, request));
  for (let from = 0; from < count; from += DECISIONS_AT_ONCE) {
    const items = requested.slice(from, from + DECISIONS_AT_ONCE).map((id) => ({ id, decision: 'approve' }));
    await read(agent.post('/api/operations/decisions', { items }));
  }
  const accounts = await listSavings(saver);
  if (accounts.length !== count) throw new Error(`${accounts.length} accounts of ${count} are open`);
  const payments = accounts.map(({ iban }, index) => ({
    endToEndId: `SAVED-${index}`,
    amount: (SAVED_MINOR / 100).toFixed(2),
    iban,
    text: SAVED_TEXT,
  }));
  const file = await read(agent.send('/api/payments/incoming', pacs008('SAVED', payments)));
  await read(second.post(`/api/operations/${file.id}/approve`));
  await eventually(
    async () => (await listSavings(saver)).every(({ balance }) => balance >= SAVED_MINOR),
    60_000,
  );
  return accounts;
}

export async function listSavings(saver: Person): Promise<(Savings & { balance: number })[]> {
  const accounts: (Savings & { balance: number })[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const body = await read(
      saver.get(`/api/accounts?status=open&limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`),
    );
    accounts.push(...body.items);
    cursor = body.next;
  }
  return accounts;
}

// biome-ignore lint/suspicious/noExplicitAny: its reader knows the fields
async function read(reply: Promise<Reply>): Promise<any> {
  const { status, body, text } = await reply;
  if (status >= 300) throw new Error(text);
  return body;
}
