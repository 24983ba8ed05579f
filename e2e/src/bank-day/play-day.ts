import { createServer } from 'node:https';
import { dayAfter } from '@guichet/calendar';
import { eventually } from '@guichet/testing';
import type { RunningBank } from '@guichet/tools';
import { Webhook } from 'standardwebhooks';
import { pacs004, pacs008 } from '../../../services/accounts/src/payment-files/files.fixture.ts';
import { bankDate, lastMonth } from '../bank-date.ts';
import { newAgent, newMember, openAccount, superuserOf } from '../people.ts';
import type { Person, Reply } from '../person.ts';

const DAY_S = 86_400;
const LANDLORD = { name: 'SCI Les Tilleuls', iban: 'FR1420041010050500013M02606' };
const GARAGE = { name: 'Autohaus Keller', iban: 'DE89370400440532013000' };

/** When the bank opens, from the present: a whole month of interest lies between. */
export const FIRST_DAY_S = -70 * DAY_S;

/** The certificate of the program that receives webhooks. */
export interface ReceiverTls {
  cert: Buffer;
  key: Buffer;
}

/** What the day left behind, for the one who reads or tests it. */
export interface Day {
  balance: number;
  checks: { name: string; ok: boolean }[];
}

/**
 * A day at the bank, on an empty one whose webhooks may be sent to `port` of localhost: a salary comes in by file, a rent goes out by standing order, a batch is produced, sent and settled,
 * one of its transfers is returned, the interest of a month is paid, a program hears of all that, and everything reconciles.
 * @throws Error if a step doesn't end as it should
 */
export async function playDay(
  bank: RunningBank,
  { tls, port, say }: { tls: ReceiverTls; port: number; say: (text: string) => void },
): Promise<Day> {
  const receiver = await openReceiver(tls, port);
  try {
    return await play(bank, { receiver, port, say });
  } finally {
    await receiver.close();
  }
}

async function play(
  bank: RunningBank,
  {
    receiver,
    port,
    say,
  }: { receiver: Pick<Receiver, 'received'>; port: number; say: (text: string) => void },
): Promise<Day> {
  const root = await superuserOf(bank);
  const agents = await Promise.all(['claire', 'james'].map((name) => newAgent(root, name)));
  const [claire, james] = agents as [Person, Person];
  const alice = await newMember(claire, 'alice');
  const current = await openAccount(alice, claire);
  const savings = await openAccount(alice, claire, { type: 'savings' });
  await decided(
    claire,
    await alice.post('/api/operations', { type: 'deposit', account_id: savings.id, amount: 500_000 }),
  );
  const validFrom = dayAfter(bankDate(FIRST_DAY_S));
  const product = {
    name: 'Savings',
    type: 'savings',
    interest_rate: 200,
    overdraft_rate: 0,
    monthly_fee: 0,
    valid_from: validFrom,
  };
  await ok(root.put('/api/products/savings', product));
  say('Seventy days ago: Alice opens a current account and savings at 2 %');

  // So that the day of the rent has come at present, even over a long weekend.
  await bank.moveClock(-10 * DAY_S);
  await Promise.all([root, claire, james, alice].map((one) => one.logIn()));
  const events = ['account.credited', 'account.debited'];
  const { secret } = await ok(alice.post('/api/webhooks', { url: `https://localhost:${port}/`, events }));
  const salary = pacs008('SALARIES', [
    { endToEndId: 'SALARY-1', amount: '2400.00', iban: current.iban, name: 'Northwind Studios' },
  ]);
  await decided(james, await claire.send('/api/payments/incoming', salary));
  await balanceIs(alice, current.id, 240_000);
  say(
    'Ten days ago: her salary of €2,400.00 comes in by file, uploaded by one agent and approved by another',
  );

  const rent = {
    from_account_id: current.id,
    to: LANDLORD,
    amount: 92_000,
    reference: 'Rent',
    every: 'month',
    first_on: dayAfter(bankDate(-10 * DAY_S)),
  };
  await decided(claire, await alice.post('/api/standing-orders', rent));
  await bank.moveClock(0);
  await Promise.all([root, claire, james, alice].map((one) => one.logIn()));
  await balanceIs(alice, current.id, 148_000);
  say('Its day comes: the rent of €920.00 goes out by standing order');

  await decided(
    claire,
    await alice.post('/api/operations', {
      type: 'external_transfer',
      from_account_id: current.id,
      to: GARAGE,
      amount: 30_000,
    }),
  );
  const batch = await ok(claire.post('/api/payments/batches', {}));
  const file = await claire.get(`/api/payments/batches/${batch.id}/pain001.xml`);
  if (!file.text.includes('<CtrlSum>1220.00</CtrlSum>')) throw new Error(file.text);
  await ok(claire.post(`/api/payments/batches/${batch.id}/sent`));
  await ok(claire.post(`/api/payments/batches/${batch.id}/settled`));
  say(`Both leave in a batch of ${batch.count}, €1,220.00, with its pain.001; it is sent and settled`);

  const { items } = (await alice.get('/api/operations?type=external_transfer')).body;
  const repair = items.find((one: { amount: number }) => one.amount === 30_000);
  const back = pacs004('RETURNS', [
    { endToEndId: repair.id.replaceAll('-', ''), amount: '300.00', reason: 'AC04' },
  ]);
  await decided(james, await claire.send('/api/payments/returns', back));
  await balanceIs(alice, current.id, 148_000);
  say('The garage’s bank returns €300.00: its account is closed. Alice has her money again');

  const month = lastMonth();
  const run = await eventually(async () => {
    const reply = await claire.post('/api/interest-runs', { month });
    if (reply.status !== 201 && reply.body.code !== 'month_not_over') throw new Error(reply.text);
    return reply.status === 201 ? reply : null;
  }, 60_000);
  await decided(james, run);
  const interest = await eventually(async () => {
    const { balance } = (await alice.get(`/api/accounts/${savings.id}/balance`)).body;
    return balance > 500_000 ? balance - 500_000 : null;
  }, 60_000);
  say(`The interest run of ${month} is approved: her savings earn €${(interest / 100).toFixed(2)}`);

  const webhook = new Webhook(secret);
  const heard = await eventually(() => {
    const messages = receiver.received.map((one) => verified(webhook, one));
    const amounts = messages.map(({ data }) => data.amount);
    return [240_000, -92_000, -30_000, 30_000, interest].every((amount) => amounts.includes(amount))
      ? messages
      : null;
  }, 60_000);
  say(`Her program has received ${heard.length} messages, each with a valid signature`);

  const { ok: isIntact, checks } = await ok(claire.post('/api/ledger/reconciliation?full=true'));
  if (!isIntact) throw new Error(JSON.stringify(checks));
  say(`Everything reconciles: ${checks.length} checks of the whole ledger`);
  return { balance: 148_000, checks };
}

interface Message {
  type: string;
  data: { amount: number };
}

interface ReceivedMessage {
  body: string;
  headers: Record<string, string>;
}

const FRESH_MS = 4 * 60_000;

/** A message whose signature is valid. One that was sent when the bank's clock was ten days back is too old for the library, so its signature is compared. @throws Error if it isn't valid */
function verified(webhook: Webhook, { body, headers }: ReceivedMessage): Message {
  const {
    'webhook-id': id = '',
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures = '',
  } = headers;
  const sentAt = new Date(Number(timestamp) * 1_000);
  if (Date.now() - sentAt.getTime() < FRESH_MS) return webhook.verify(body, headers) as Message;
  if (!signatures.split(' ').includes(webhook.sign(id, sentAt, body))) throw new Error(`${id} is not signed`);
  return JSON.parse(body);
}

async function ok(reply: Reply | Promise<Reply>) {
  const { status, text, body } = await reply;
  if (status >= 300) throw new Error(text);
  return body;
}

/** Approves a request. */
async function decided(agent: Person, request: Reply): Promise<void> {
  const { id } = await ok(request);
  await ok(agent.post(`/api/operations/${id}/approve`));
}

/** Waits until an account has a balance, in minor units. */
async function balanceIs(owner: Person, id: string, balance: number): Promise<void> {
  await eventually(
    async () => (await owner.get(`/api/accounts/${id}/balance`)).body.balance === balance,
    60_000,
  );
}

interface Receiver {
  received: ReceivedMessage[];
  close(): Promise<void>;
}

/** The customer's program, which remembers what it was sent. */
async function openReceiver(tls: ReceiverTls, port: number): Promise<Receiver> {
  const received: ReceivedMessage[] = [];
  const server = createServer(tls, async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    received.push({
      body: Buffer.concat(parts).toString('utf8'),
      headers: request.headers as Record<string, string>,
    });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { received, close };
}
