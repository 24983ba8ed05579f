import { setTimeout as sleep } from 'node:timers/promises';
import { type Calendar, createCalendar, daysAfter, lastMonthOver } from '@guichet/calendar';
import type { AccountType } from '@guichet/contract';
import { pacs008 } from '../pacs008.ts';
import { ApiClient, ApiRefusal } from './client.ts';
import { decideAll, type RequestedOperation } from './decide.ts';
import { EMPLOYERS } from './employers.ts';
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
import type { DemoRequest } from './requests.ts';
import { type Chapter, type DemoAction, SALARIES, STORY } from './story.ts';

/** The bank to fill. */
export interface DemoBank {
  /** The public origin. */
  url: string;
  /** The passwords of the demo users are derived from `demo`. */
  secrets: { demo: string };
  /** The time zone of the bank's days. */
  zone: string;
  /** Starts the services and moves their clocks. Null for a bank that is already running: all operations are then dated today. */
  control: {
    startServices(): Promise<void>;
    moveClock(offsetSeconds: number): Promise<void>;
  } | null;
}

interface AccountView {
  id: string;
  type: AccountType;
  status: string;
  iban: string | null;
}

interface DemoState {
  origin: string;
  demoSecret: string;
  /** Keys are `member:type`. */
  accounts: Map<string, { id: string; iban: string }>;
  calendar: Calendar;
  /** The time of the chapter. */
  now: Date;
}

/**
 * Plays the story through the public API. If `bank.control` is given, the services' clocks are set back and then moved forward to the
 * present, chapter by chapter. Leaves the services running and ready. Returns all logins.
 */
export async function fillDemo(bank: DemoBank, logins: Logins, say: (text: string) => void): Promise<Logins> {
  const began = Date.now();
  const state: DemoState = {
    origin: bank.url,
    demoSecret: bank.secrets.demo,
    accounts: new Map(),
    calendar: createCalendar(bank.zone),
    now: new Date(),
  };
  let operations = 0;
  for (const [index, chapter] of STORY.entries()) {
    const offset = bank.control === null ? 0 : offsetSeconds(chapter);
    state.now = new Date(Date.now() + offset * 1000);
    await bank.control?.moveClock(offset);
    if (index === 0) {
      await bank.control?.startServices();
      say('Adding demo users and three months of operations …');
      await registerAll(state, logins.superuser);
    }
    operations += await playChapter(chapter, state);
    say(`  ${state.calendar.dateOf(state.now)}: ${operations} operations so far`);
  }
  await bank.control?.moveClock(0);
  for (const applicant of APPLICANTS) await register(state, applicant);
  await reconcile(state);
  const seconds = Math.round((Date.now() - began) / 1000);
  say(`Added ${operations} operations of ${Object.keys(MEMBERS).length} members in ${seconds} s.`);
  return {
    ...logins,
    agents: Object.values(AGENTS).map((person) => loginOf(state, person)),
    members: Object.values(MEMBERS).map((person) => loginOf(state, person)),
  };
}

/** Seconds from now to the chapter: 0 or negative. */
export function offsetSeconds({ daysAgo, at }: Pick<Chapter, 'daysAgo' | 'at'>, now = new Date()): number {
  if (at === null) return 0;
  const [hours = 0, minutes = 0] = at.split(':').map(Number);
  const then = new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo, hours, minutes);
  return Math.min(0, Math.round((then.getTime() - now.getTime()) / 1000));
}

function loginOf({ demoSecret }: DemoState, person: Person): Login {
  return { username: person.username, password: passwordOf(person, demoSecret) };
}

async function registerAll(state: DemoState, superuser: Login): Promise<void> {
  const superuserClient = await ApiClient.signedIn(state.origin, superuser);
  for (const person of Object.values(AGENTS))
    await superuserClient.post('/api/auth/agents', newUser(state, person));
  await setRates(superuserClient, state);
  await superuserClient.post('/api/auth/logout');
  const members = await Promise.all(Object.values(MEMBERS).map((person) => register(state, person)));
  const claire = await ApiClient.signedIn(state.origin, loginOf(state, AGENTS.claire));
  await Promise.all(members.map(({ id }) => claire.post(`/api/auth/users/${id}/activate`)));
  await claire.post('/api/auth/logout');
}

/** Savings earn interest, and overdrafts cost some, from the first day on. */
async function setRates(superuser: ApiClient, { calendar, now }: DemoState): Promise<void> {
  const common = { monthly_fee: 0, valid_from: calendar.dateOf(now) };
  const products = [
    { code: 'savings', name: 'Livret Guichet', type: 'savings', interest_rate: 250, overdraft_rate: 0 },
    { code: 'current', name: 'Current account', type: 'current', interest_rate: 0, overdraft_rate: 1_200 },
  ];
  for (const { code, ...rates } of products)
    await superuser.put(`/api/products/${code}`, { ...rates, ...common });
}

/** The services ran their own first reconciliation before there were any entries. */
async function reconcile(state: DemoState): Promise<void> {
  const claire = await ApiClient.signedIn(state.origin, loginOf(state, AGENTS.claire));
  await claire.post('/api/ledger/reconciliation?full=true');
  await claire.post('/api/auth/logout');
}

function register(state: DemoState, person: Person): Promise<{ id: string }> {
  return new ApiClient(state.origin).post('/api/auth/register', newUser(state, person));
}

function newUser(state: DemoState, person: Person): Record<string, string> {
  return {
    ...loginOf(state, person),
    email: emailOf(person),
    first_name: person.firstName,
    last_name: person.lastName,
    language: person.language,
  };
}

/** Plays one chapter: its users sign in, request and decide operations, and sign out. Returns the number of operations. */
async function playChapter(chapter: Chapter, state: DemoState): Promise<number> {
  for (const action of chapter.actions)
    if (action.action === 'mistype password') await mistypePassword(state, action.who);
  const who = [...new Set([...chapter.rounds.flat(), ...chapter.actions].map((one) => one.who))];
  const members = await signIn(state, MEMBERS, who);
  const agents = await signIn(state, AGENTS, Object.keys(AGENTS) as AgentKey[]);
  if (chapter.salaries !== null) await receiveSalaries(chapter.salaries, state, agents);
  let requestedCount = 0;
  for (const round of chapter.rounds) {
    const requested = await Promise.all(
      [...members].map(([key, client]) =>
        sendInTurn(
          client,
          state,
          round.filter((request) => request.who === key),
        ),
      ),
    ).then((each) => each.flat());
    requestedCount += requested.length;
    await decideAll(requested, { first: clientOf(agents, 'claire'), second: clientOf(agents, 'james') });
    const changed = new Set(
      round.filter(({ kind }) => kind === 'open' || kind === 'renew').map((request) => request.who),
    );
    await Promise.all([...changed].map((key) => rememberAccounts(state, key, clientOf(members, key))));
  }
  for (const action of chapter.actions) await perform(action, state, members, agents);
  // In the last chapter before the present, so that the bank starts sooner.
  if (chapter === STORY.at(-2))
    await payInterest({ first: clientOf(agents, 'claire'), second: clientOf(agents, 'james') }, state);
  await sendPayments(clientOf(agents, 'james'), { isPresent: chapter.at === null });
  await Promise.all(
    [...members.values(), ...agents.values()].map((client) => client.post('/api/auth/logout')),
  );
  return requestedCount;
}

async function signIn<Key extends string>(
  state: DemoState,
  people: Readonly<Record<Key, Person>>,
  keys: readonly Key[],
): Promise<Map<Key, ApiClient>> {
  const clients = await Promise.all(
    keys.map((key) => ApiClient.signedIn(state.origin, loginOf(state, people[key]))),
  );
  return new Map(keys.map((key, index) => [key, clients[index] as ApiClient]));
}

function clientOf<Key extends string>(clients: ReadonlyMap<Key, ApiClient>, key: Key): ApiClient {
  const client = clients.get(key);
  if (client === undefined) throw new Error(`${key} is not signed in in this chapter`);
  return client;
}

async function sendInTurn(
  client: ApiClient,
  state: DemoState,
  requests: readonly DemoRequest[],
): Promise<RequestedOperation[]> {
  const requested: RequestedOperation[] = [];
  for (const request of requests) {
    const operation = await sendRequest(client, state, request).catch((error: unknown) => {
      // The operator's limits may be lower than this story needs: it then goes on without this request.
      if (error instanceof ApiRefusal && ['limit_exceeded', 'insufficient_funds'].includes(error.code))
        return null;
      throw error;
    });
    if (operation === null) continue;
    if (request.ending === 'cancel') await client.post(`/api/operations/${operation.id}/cancel`);
    requested.push({ id: operation.id, ending: request.ending });
  }
  return requested;
}

function sendRequest(client: ApiClient, state: DemoState, request: DemoRequest): Promise<{ id: string }> {
  const account = (who: MemberKey, type: AccountType) => accountOf(state, who, type);
  switch (request.kind) {
    case 'open':
      return client.post('/api/accounts', { name: request.name, type: request.account });
    case 'renew':
      return client.post(`/api/accounts/${account(request.who, request.account).id}/rib`);
    case 'deposit':
    case 'withdrawal':
      return client.post('/api/operations', {
        type: request.kind,
        account_id: account(request.who, request.account).id,
        ...amountAndReference(request),
      });
    case 'move':
      return client.post('/api/operations', {
        type: 'internal_transfer',
        from_account_id: account(request.who, request.from).id,
        to_account_id: account(request.who, request.to).id,
        ...amountAndReference(request),
      });
    case 'repeat':
      return client.post('/api/standing-orders', {
        from_account_id: account(request.who, 'current').id,
        ...(request.payee === 'savings'
          ? { to_account_id: account(request.who, 'savings').id }
          : { to: memberAsPayee(state, request.payee) }),
        every: request.every,
        first_on: daysAfter(state.calendar.dateOf(state.now), request.inDays),
        ...amountAndReference(request),
      });
    case 'pay':
    case 'pay out':
      return client.post('/api/operations', {
        type: 'external_transfer',
        from_account_id: account(request.who, 'current').id,
        to: payeeOf(state, request),
        ...amountAndReference(request),
      });
  }
}

function amountAndReference({ amount, reference }: { amount: number; reference: string | null }) {
  return { amount, ...(reference === null ? {} : { reference }) };
}

function payeeOf(
  state: DemoState,
  request: Extract<DemoRequest, { kind: 'pay' | 'pay out' }>,
): { name: string; iban: string } {
  return request.kind === 'pay out' ? PAYEES[request.payee] : memberAsPayee(state, request.payee);
}

function memberAsPayee(state: DemoState, who: MemberKey): { name: string; iban: string } {
  const { firstName, lastName } = MEMBERS[who];
  return { name: `${firstName} ${lastName}`, iban: accountOf(state, who, 'current').iban };
}

function accountOf(state: DemoState, who: MemberKey, type: AccountType): { id: string; iban: string } {
  const account = state.accounts.get(`${who}:${type}`);
  if (account === undefined) throw new Error(`${who} has no open ${type} account yet`);
  return account;
}

async function rememberAccounts(state: DemoState, who: MemberKey, client: ApiClient): Promise<void> {
  const { items } = await client.get<{ items: AccountView[] }>('/api/accounts');
  for (const { id, type, status, iban } of items) {
    if (status === 'open' && iban !== null) state.accounts.set(`${who}:${type}`, { id, iban });
  }
}

async function perform(
  action: DemoAction,
  state: DemoState,
  members: ReadonlyMap<MemberKey, ApiClient>,
  agents: ReadonlyMap<AgentKey, ApiClient>,
): Promise<void> {
  switch (action.action) {
    case 'save payees':
      for (const payee of action.payees)
        await clientOf(members, action.who).post('/api/beneficiaries', PAYEES[payee]);
      return;
    case 'grant overdraft':
      await clientOf(agents, action.agent).put(
        `/api/accounts/${accountOf(state, action.who, 'current').id}/overdraft`,
        {
          amount: action.amount,
        },
      );
      return;
    case 'open a forbidden page':
      await clientOf(members, action.who).get('/api/auth/users').catch(expectRefusal);
      return;
    case 'mistype password':
      return;
  }
}

const INTEREST_WITHIN_MS = 20_000;

/** Pays the interest of the last month, once the bank has added up its last days. */
async function payInterest(
  { first, second }: { first: ApiClient; second: ApiClient },
  { calendar, now }: DemoState,
): Promise<void> {
  const month = lastMonthOver(calendar.dateOf(now));
  for (const end = Date.now() + INTEREST_WITHIN_MS; ; await sleep(500)) {
    try {
      const { id } = await first.post<{ id: string }>('/api/interest-runs', { month });
      await second.post(`/api/operations/${id}/approve`);
      return;
    } catch (error) {
      if (!(error instanceof ApiRefusal)) throw error;
      if (['nothing_to_capitalize', 'already_capitalized'].includes(error.code)) return;
      if (error.code !== 'month_not_over' || Date.now() > end) throw error;
    }
  }
}

/**
 * The salaries of a month come in by a file of each employer: one agent uploads it, the other approves it. In the last month one of them is for an account that the bank doesn't
 * have, and waits in suspense.
 */
async function receiveSalaries(
  month: number,
  state: DemoState,
  agents: ReadonlyMap<AgentKey, ApiClient>,
): Promise<void> {
  const [claire, james] = [clientOf(agents, 'claire'), clientOf(agents, 'james')];
  for (const [index, employer] of EMPLOYERS.entries()) {
    const salaries = (SALARIES[index] ?? []).map(({ who, amount }) => ({
      id: `SALARY-${month}-${who.toUpperCase()}`,
      iban: accountOf(state, who, 'current').iban,
      amount,
      text: `${MEMBERS[who].language === 'fr' ? 'Salaire' : 'Salary'} ${month}`,
    }));
    if (month === LAST_MONTH && index === 0)
      salaries.push({
        id: `SALARY-${month}-MARC`,
        iban: UNKNOWN_IBAN,
        amount: 142_700,
        text: `Salaire ${month}`,
      });
    const [maker, checker] = index === 0 ? [claire, james] : [james, claire];
    const file = pacs008(`SALARIES-${month}-${index + 1}`, employer, salaries);
    const { id } = await maker.postXml<{ id: string }>('/api/payments/incoming', file);
    await checker.post(`/api/operations/${id}/approve`);
  }
}

const LAST_MONTH = 3;
/** Of the published example of its country, at another bank. */
const UNKNOWN_IBAN = 'FR1420041010050500013M02606';

/** What waits for other banks leaves in a batch; at present, it is still to be sent. */
async function sendPayments(agent: ApiClient, { isPresent }: { isPresent: boolean }): Promise<void> {
  const path = '/api/payments/batches';
  // The bank may have created the batch itself at its cut-off, or nothing may have been posted.
  await agent.post(path, {}).catch((error: unknown) => {
    if (!(error instanceof ApiRefusal) || error.code !== 'nothing_to_send') throw error;
  });
  if (isPresent) return;
  const { items } = await agent.get<{ items: { id: string }[] }>(`${path}?status=created`);
  for (const { id } of items) {
    await agent.post(`${path}/${id}/sent`);
    await agent.post(`${path}/${id}/settled`);
  }
}

async function mistypePassword(state: DemoState, who: MemberKey): Promise<void> {
  await ApiClient.signedIn(state.origin, {
    username: MEMBERS[who].username,
    password: 'not my password',
  }).catch(expectRefusal);
}

function expectRefusal(error: unknown): void {
  if (!(error instanceof ApiRefusal)) throw error;
}
