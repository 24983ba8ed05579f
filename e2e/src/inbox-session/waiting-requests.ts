import { eventually } from '@guichet/testing';
import type { RunningBank } from '@guichet/tools';
import { newAgent, superuserOf } from '../people.ts';
import { Person } from '../person.ts';

const MEMBERS = ['Alice Martin', 'Bilal Haddad', 'Chloé Lefèvre', 'Dario Rossi'] as const;
const PASSWORD = 'Seven green bottles';
/** Above the threshold of DECISION_SECOND_AGENT_ABOVE, so that two agents are needed. */
const LARGE_MINOR = 1_500_000;
const LARGE_EVERY = 20;

interface Customer {
  person: Person;
  accounts: { id: string; iban: string }[];
}

/** Two agents and four customers with two accounts each. */
export interface Staffed {
  root: Person;
  agent: Person;
  colleague: Person;
  customers: Customer[];
}

export async function staff(bank: RunningBank): Promise<Staffed> {
  const root = await superuserOf(bank);
  const [agent, colleague] = [await newAgent(root, 'claire'), await newAgent(root, 'james')];
  const customers: Customer[] = [];
  for (const name of MEMBERS) customers.push(await customer(bank.url, name, agent));
  return { root, agent, colleague, customers };
}

async function customer(url: string, name: string, agent: Person): Promise<Customer> {
  const [first_name = '', last_name = ''] = name.split(' ');
  const username = `${first_name}.${last_name}`.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const person = new Person(url, username, PASSWORD);
  const email = `${username}@example.org`;
  const { body: user } = await person.post('/api/auth/register', {
    username,
    password: PASSWORD,
    email,
    first_name,
    last_name,
  });
  await agent.post(`/api/auth/users/${user.id}/activate`, { name: { first_name, last_name } });
  await person.logIn();
  const accounts: Customer['accounts'] = [];
  for (const type of ['current', 'savings']) {
    const requested = await eventually(async () => {
      const reply = await person.post('/api/accounts', { name: type, type });
      return reply.status === 201 ? reply.body : null;
    });
    await approve(agent, requested.id);
    const { body } = await person.get(`/api/accounts/${requested.account_id}`);
    const funds = { type: 'deposit', account_id: body.id, amount: 500_000 };
    await approve(agent, (await person.post('/api/operations', funds)).body.id);
    accounts.push({ id: body.id, iban: body.iban });
  }
  return { person, accounts };
}

async function approve(agent: Person, id: string): Promise<void> {
  await eventually(async () => (await agent.post(`/api/operations/${id}/approve`)).status === 200);
}

/** Makes requests of several kinds; every twentieth is large. @returns how many are large */
export async function fillInbox({ customers }: Staffed, count: number): Promise<number> {
  for (let index = 0; index < count; index += 1) {
    const { person, accounts } = customers[index % customers.length] as Customer;
    const [current, savings] = accounts as [Customer['accounts'][0], Customer['accounts'][0]];
    const { accounts: others, person: payee } = customers[(index + 1) % customers.length] as Customer;
    const amount = index % LARGE_EVERY === 0 ? LARGE_MINOR : 100 + index;
    const reference = `Request ${index + 1}`;
    const transfer = { type: 'external_transfer', from_account_id: current.id, amount, reference };
    const bodies = [
      { type: 'deposit', account_id: savings.id, amount, reference },
      { type: 'withdrawal', account_id: current.id, amount, reference },
      { ...transfer, to: { name: payee.username.replace('.', ' '), iban: others[0]?.iban } },
      {
        type: 'internal_transfer',
        from_account_id: current.id,
        to_account_id: savings.id,
        amount,
        reference,
      },
      { ...transfer, to: { name: 'Stadtwerke Köln', iban: 'DE89370400440532013000' } },
    ];
    const reply = await person.post('/api/operations', bodies[index % bodies.length]);
    if (reply.status !== 201) throw new Error(`A request was refused: ${reply.text}`);
  }
  return Math.ceil(count / LARGE_EVERY);
}

/** The requests that wait for the agent, oldest first. */
export async function waitingFor(agent: Person): Promise<{ id: string; amount: number }[]> {
  const { body } = await agent.get('/api/inbox?tab=mine&limit=200&order=oldest');
  return body.items.map((item: { operation: { id: string; amount: number } }) => item.operation);
}
