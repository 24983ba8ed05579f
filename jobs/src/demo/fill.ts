import type { AccountKind, Ask } from './asks.ts';
import { ApiClient, ApiRefusal } from './client.ts';
import { decideAll, type Requested } from './decide.ts';
import type { Login, Logins } from './logins.ts';
import {
  AGENTS,
  type AgentKey,
  APPLICANTS,
  emailOf,
  MEMBERS,
  type MemberKey,
  PAYEES,
  type Person,
  passwordOf,
} from './people.ts';
import { type Chapter, type Deed, STORY } from './story.ts';

/** A bank as its demo people need it. */
export interface DemoBank {
  /** Its public origin. */
  url: string;
  /** Whence their passwords come. */
  secrets: { demo: string };
  /** Starts its services and moves their clocks; null if they already run: then the months pass within a minute of today. */
  control: {
    startServices(): Promise<void>;
    moveClock(offsetSeconds: number): Promise<void>;
  } | null;
}

interface AccountView {
  id: string;
  type: AccountKind;
  status: string;
  iban: string | null;
}

interface Cast {
  origin: string;
  demoSecret: string;
  /** By "member:kind". */
  accounts: Map<string, { id: string; iban: string }>;
}

/**
 * Lets the demo people live their months, through the public API alone: where the services' clock is ours, it is set back, and forward
 * again chapter by chapter to the present. Leaves the services running and ready. Returns everybody's login.
 */
export async function fillDemo(bank: DemoBank, logins: Logins, say: (text: string) => void): Promise<Logins> {
  const began = Date.now();
  const cast: Cast = { origin: bank.url, demoSecret: bank.secrets.demo, accounts: new Map() };
  let operations = 0;
  for (const [index, chapter] of STORY.entries()) {
    const offset = bank.control === null ? 0 : offsetSeconds(chapter);
    await bank.control?.moveClock(offset);
    if (index === 0) {
      await bank.control?.startServices();
      say('Filling in demo people and three months of operations …');
      await registerEverybody(cast, logins.superuser);
    }
    operations += await live(chapter, cast);
    say(`  ${dayOf(offset)}: ${operations} operations so far`);
  }
  await bank.control?.moveClock(0);
  for (const applicant of APPLICANTS) await register(cast, applicant);
  await reconcile(cast);
  const seconds = Math.round((Date.now() - began) / 1000);
  say(`Filled in ${operations} operations of ${Object.keys(MEMBERS).length} members in ${seconds} s.`);
  return {
    ...logins,
    agents: Object.values(AGENTS).map((person) => loginOf(cast, person)),
    members: Object.values(MEMBERS).map((person) => loginOf(cast, person)),
  };
}

/** How far the chapter lies from now; zero or less. */
export function offsetSeconds({ daysAgo, at }: Pick<Chapter, 'daysAgo' | 'at'>, now = new Date()): number {
  if (at === null) return 0;
  const [hours = 0, minutes = 0] = at.split(':').map(Number);
  const then = new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo, hours, minutes);
  return Math.min(0, Math.round((then.getTime() - now.getTime()) / 1000));
}

function dayOf(offset: number): string {
  return new Date(Date.now() + offset * 1000).toISOString().slice(0, 10);
}

function loginOf({ demoSecret }: Cast, person: Person): Login {
  return { username: person.username, password: passwordOf(person, demoSecret) };
}

async function registerEverybody(cast: Cast, superuser: Login): Promise<void> {
  const head = await ApiClient.signedIn(cast.origin, superuser);
  for (const person of Object.values(AGENTS)) await head.post('/api/auth/agents', newUser(cast, person));
  await head.post('/api/auth/logout');
  const members = await Promise.all(Object.values(MEMBERS).map((person) => register(cast, person)));
  const claire = await ApiClient.signedIn(cast.origin, loginOf(cast, AGENTS.claire));
  await Promise.all(members.map(({ id }) => claire.post(`/api/auth/users/${id}/activate`)));
  await claire.post('/api/auth/logout');
}

/** The services' own first reconciliation ran before there were any entries. */
async function reconcile(cast: Cast): Promise<void> {
  const claire = await ApiClient.signedIn(cast.origin, loginOf(cast, AGENTS.claire));
  await claire.post('/api/ledger/reconciliation');
  await claire.post('/api/auth/logout');
}

function register(cast: Cast, person: Person): Promise<{ id: string }> {
  return new ApiClient(cast.origin).post('/api/auth/register', newUser(cast, person));
}

function newUser(cast: Cast, person: Person): Record<string, string> {
  return {
    ...loginOf(cast, person),
    email: emailOf(person),
    first_name: person.firstName,
    last_name: person.lastName,
    language: person.language,
  };
}

/** One chapter: everybody in it signs in, asks, is answered, and signs out. Returns how many operations it made. */
async function live(chapter: Chapter, cast: Cast): Promise<number> {
  for (const deed of chapter.deeds)
    if (deed.deed === 'mistype password') await mistypePassword(cast, deed.who);
  const who = [...new Set([...chapter.rounds.flat(), ...chapter.deeds].map((act) => act.who))];
  const members = await signIn(cast, MEMBERS, who);
  const agents = await signIn(cast, AGENTS, Object.keys(AGENTS) as AgentKey[]);
  let made = 0;
  for (const round of chapter.rounds) {
    const requested = await Promise.all(
      [...members].map(([key, client]) =>
        askInTurn(
          client,
          cast,
          round.filter((ask) => ask.who === key),
        ),
      ),
    ).then((each) => each.flat());
    made += requested.length;
    await decideAll(requested, { first: clientOf(agents, 'claire'), second: clientOf(agents, 'james') });
    const changed = new Set(
      round.filter(({ ask }) => ask === 'open' || ask === 'renew').map((ask) => ask.who),
    );
    await Promise.all([...changed].map((key) => noteAccounts(cast, key, clientOf(members, key))));
  }
  for (const deed of chapter.deeds) await doDeed(deed, cast, members, agents);
  await Promise.all(
    [...members.values(), ...agents.values()].map((client) => client.post('/api/auth/logout')),
  );
  return made;
}

async function signIn<Key extends string>(
  cast: Cast,
  people: Readonly<Record<Key, Person>>,
  keys: readonly Key[],
): Promise<Map<Key, ApiClient>> {
  const clients = await Promise.all(
    keys.map((key) => ApiClient.signedIn(cast.origin, loginOf(cast, people[key]))),
  );
  return new Map(keys.map((key, index) => [key, clients[index] as ApiClient]));
}

function clientOf<Key extends string>(clients: ReadonlyMap<Key, ApiClient>, key: Key): ApiClient {
  const client = clients.get(key);
  if (client === undefined) throw new Error(`${key} is not signed in in this chapter`);
  return client;
}

async function askInTurn(client: ApiClient, cast: Cast, asks: readonly Ask[]): Promise<Requested[]> {
  const requested: Requested[] = [];
  for (const ask of asks) {
    const operation = await sendAsk(client, cast, ask).catch((error: unknown) => {
      // Limits that the user set may be narrower than this story: then the day goes on without it.
      if (error instanceof ApiRefusal && ['limit_exceeded', 'insufficient_funds'].includes(error.code))
        return null;
      throw error;
    });
    if (operation === null) continue;
    if (ask.ending === 'cancel') await client.post(`/api/operations/${operation.id}/cancel`);
    requested.push({ id: operation.id, ending: ask.ending });
  }
  return requested;
}

function sendAsk(client: ApiClient, cast: Cast, ask: Ask): Promise<{ id: string }> {
  const account = (who: MemberKey, kind: AccountKind) => accountOf(cast, who, kind);
  switch (ask.ask) {
    case 'open':
      return client.post('/api/accounts', { name: ask.name, type: ask.account });
    case 'renew':
      return client.post(`/api/accounts/${account(ask.who, ask.account).id}/rib`);
    case 'deposit':
    case 'withdrawal':
      return client.post('/api/operations', {
        type: ask.ask,
        account_id: account(ask.who, ask.account).id,
        ...wordsOf(ask),
      });
    case 'move':
      return client.post('/api/operations', {
        type: 'internal_transfer',
        from_account_id: account(ask.who, ask.from).id,
        to_account_id: account(ask.who, ask.to).id,
        ...wordsOf(ask),
      });
    case 'pay':
    case 'pay out':
      return client.post('/api/operations', {
        type: 'external_transfer',
        from_account_id: account(ask.who, 'current').id,
        to: payeeOf(cast, ask),
        ...wordsOf(ask),
      });
  }
}

function wordsOf({ amount, reference }: { amount: number; reference: string | null }) {
  return { amount, ...(reference === null ? {} : { reference }) };
}

function payeeOf(cast: Cast, ask: Extract<Ask, { ask: 'pay' | 'pay out' }>): { name: string; iban: string } {
  if (ask.ask === 'pay out') return PAYEES[ask.payee];
  const { firstName, lastName } = MEMBERS[ask.payee];
  return { name: `${firstName} ${lastName}`, iban: accountOf(cast, ask.payee, 'current').iban };
}

function accountOf(cast: Cast, who: MemberKey, kind: AccountKind): { id: string; iban: string } {
  const account = cast.accounts.get(`${who}:${kind}`);
  if (account === undefined) throw new Error(`${who} has no open ${kind} account yet`);
  return account;
}

async function noteAccounts(cast: Cast, who: MemberKey, client: ApiClient): Promise<void> {
  const { items } = await client.get<{ items: AccountView[] }>('/api/accounts');
  for (const { id, type, status, iban } of items) {
    if (status === 'open' && iban !== null) cast.accounts.set(`${who}:${type}`, { id, iban });
  }
}

async function doDeed(
  deed: Deed,
  cast: Cast,
  members: ReadonlyMap<MemberKey, ApiClient>,
  agents: ReadonlyMap<AgentKey, ApiClient>,
): Promise<void> {
  switch (deed.deed) {
    case 'save payees':
      for (const payee of deed.payees)
        await clientOf(members, deed.who).post('/api/beneficiaries', PAYEES[payee]);
      return;
    case 'grant overdraft':
      await clientOf(agents, deed.agent).put(
        `/api/accounts/${accountOf(cast, deed.who, 'current').id}/overdraft`,
        {
          amount: deed.amount,
        },
      );
      return;
    case 'look where one may not':
      await clientOf(members, deed.who).get('/api/auth/users').catch(expectRefusal);
      return;
    case 'mistype password':
      return;
  }
}

async function mistypePassword(cast: Cast, who: MemberKey): Promise<void> {
  await ApiClient.signedIn(cast.origin, {
    username: MEMBERS[who].username,
    password: 'not my password',
  }).catch(expectRefusal);
}

function expectRefusal(error: unknown): void {
  if (!(error instanceof ApiRefusal)) throw error;
}
