import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IncomingItem, Operation } from '@guichet/contract/accounts';
import { pacs008 } from '../pacs008.ts';
import { expectRefusal, type Staff } from './staff.ts';
import type { UndoList } from './undo.ts';

const PAYMENT_MINOR = 250;
const POSTED_WITHIN_MS = 60_000;
/** The published examples of the Netherlands and of Germany. A bank in France can't have them. */
const PAYER_IBAN = 'NL91ABNA0417164300';
const IBAN_ELSEWHERE = 'DE89370400440532013000';

interface Test {
  mark: string;
  staff: Staff;
  undo: UndoList;
  say: (text: string) => void;
}

/**
 * Receives two files with a payment each: one for an account, which is credited, and one for an IBAN that the bank doesn't have, which waits in suspense and is
 * returned. The first one is undone at the end: reversed, and then returned too.
 * @returns what the account was credited with, in minor units
 */
export async function receivePayments(
  test: Test,
  account: { id: string; iban: string | null },
): Promise<number> {
  const { staff, say } = test;
  const { item, file } = await receive(test, account.iban ?? '');
  if (item.status !== 'credited' || item.account_id !== account.id)
    throw new Error(`the payment of a file is ${item.status} (${item.reason ?? 'no reason'})`);
  say(`received a file, and another agent approved it: its ${PAYMENT_MINOR} minor units are credited`);
  const agent = await staff.agent(0);
  await expectRefusal('file_already_received', agent.postXml('/api/payments/incoming', file));
  say('the same file again is refused');
  const { item: unknown } = await receive(test, IBAN_ELSEWHERE);
  if (unknown.status !== 'suspense' || unknown.reason !== 'account_not_found')
    throw new Error(`a payment to an unknown IBAN is ${unknown.status} (${unknown.reason ?? 'no reason'})`);
  say('a payment to an unknown IBAN waits in suspense');
  await sendBack(staff, unknown);
  say('it was returned');
  return PAYMENT_MINOR;
}

/** Uploads a file with one payment, and lets another agent approve it. */
async function receive({ mark, staff, undo }: Test, payeeIban: string) {
  // Message ids are kept for ever: this one is unique over all tests of the bank.
  const id = randomUUID().replaceAll('-', '');
  const payment = { id, iban: payeeIban, amount: PAYMENT_MINOR, text: mark };
  const file = pacs008(id, { name: mark, iban: PAYER_IBAN }, [payment]);
  const received = await staff.carryOut(async (agent) => {
    const requested = await agent.postXml<Operation>('/api/payments/incoming', file);
    undo.add('return a payment', () => sendBackFile(staff, requested));
    return requested;
  });
  return { file, item: await itemOf(staff, received) };
}

/** The payment of a file, once it's posted. */
async function itemOf(staff: Staff, { id }: Operation): Promise<IncomingItem> {
  const agent = await staff.agent(0);
  for (const end = Date.now() + POSTED_WITHIN_MS; ; await sleep(500)) {
    const { items } = await agent.get<{ items: IncomingItem[] }>(`/api/payments/incoming/${id}/items`);
    const [item] = items;
    if (item !== undefined && item.status !== 'pending') return item;
    if (Date.now() >= end) throw new Error(`the payment of file ${id} is not posted`);
  }
}

async function sendBackFile(staff: Staff, file: Operation): Promise<void> {
  const { status } = await staff.operation(file.id);
  if (status === 'posted') await sendBack(staff, await itemOf(staff, file));
}

/** Takes a payment out of its account, and sends it back; one that was sent back stays so. */
async function sendBack(staff: Staff, { id, status }: IncomingItem): Promise<void> {
  if (status === 'credited') await staff.reverse(id);
  if (status !== 'credited' && status !== 'suspense') return;
  const body = { reason: 'End of a test' };
  await staff.carryOut((agent) => agent.post<Operation>(`/api/payments/suspense/${id}/return`, body));
  const agent = await staff.agent(0);
  const { status: now } = await agent.get<IncomingItem>(`/api/payments/suspense/${id}`);
  if (now !== 'returned') throw new Error(`payment ${id} is ${now}`);
}
