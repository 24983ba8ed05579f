import test, { type ExecutionContext } from 'ava';
import { Browser } from '../../testing/browser.ts';
import { buildUser } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { startFrontend } from '../../testing/start-frontend.ts';
import { firstStepsOf } from './first-steps.ts';

const EMPTY = { activeAgents: 0, customers: 0, activeCustomers: 0, actions: {} };
const states = (facts: object) => firstStepsOf({ ...EMPTY, ...facts }).map(({ state }) => state);

test('an empty bank starts with its agents, and one agent is not enough', (t) => {
  t.deepEqual(states({}), ['waiting', 'ahead', 'ahead', 'ahead', 'ahead']);
  t.is(states({ activeAgents: 1 })[0], 'waiting');
  t.deepEqual(states({ activeAgents: 2 }).slice(0, 2), ['done', 'waiting']);
});

test('a step that was done out of order is ticked, and the earliest other one comes next', (t) => {
  t.deepEqual(states({ customers: 1, activeCustomers: 1 }), ['waiting', 'done', 'done', 'ahead', 'ahead']);
});

test('an opened account and a decision on money are told by the log; a request is no decision', (t) => {
  t.is(states({ actions: { ACCOUNT_REQUESTED: 1, DEPOSIT_REQUESTED: 2 } }).includes('done'), false);
  t.is(states({ actions: { ACCOUNT_OPENED: 1 } })[3], 'done');
  t.is(states({ actions: { DEPOSIT_REJECTED: 1 } })[4], 'done');
});

async function signedIn(t: ExecutionContext) {
  const frontend = await startFrontend();
  t.teardown(() => frontend.close());
  const browser = new Browser(frontend.url);
  await browser.signIn('root');
  return { browser, bank: frontend.bank, url: frontend.url };
}

const invited = (created: Date) =>
  buildUser('chloe', 'agent', { status: 'pending', created_at: created.toISOString() });

test('the superuser’s home shows the steps of a new bank, and not those of a running one', async (t) => {
  const { browser, bank } = await signedIn(t);
  const { html } = await browser.get('/agents');
  t.regex(html, /id="first-steps"[\s\S]*Two agents are needed for large amounts[\s\S]*1 of 2 is active/);
  t.notRegex((await browser.get('/agents?status=active')).html, /id="first-steps"/);
  bank.answerNext('GET', '/api/logs/stats', { status: 503, body: problem(503, 'unavailable') });
  const without = await browser.get('/agents');
  t.is(without.status, 200);
  t.notRegex(without.html, /id="first-steps"/);
});

test('an invitation says until when its link works, and once it has expired', async (t) => {
  const { browser, bank } = await signedIn(t);
  const list = async (created: Date) => {
    bank.answerNext('GET', '/api/auth/users', {
      status: 200,
      body: { items: [invited(created)], next: null, total: null },
    });
    return (await browser.get('/agents?q=chloe')).html;
  };
  t.regex(await list(new Date()), /Link valid until/);
  t.regex(await list(new Date(Date.now() - 8 * 86_400_000)), /Invitation expired/);
});

test('an invitation is sent again to the agent’s own address', async (t) => {
  const { browser, bank } = await signedIn(t);
  const agent = invited(new Date());
  bank.answerNext('GET', `/api/auth/users/${agent.id}`, { status: 200, body: agent });
  const sent = await browser.submit(`/agents/${agent.id}/invite`, { email: 'thief@example.org' }, '/agents');
  t.is(sent.headers.location, '/agents');
  t.deepEqual(bank.requests.find(({ path }) => path === '/api/auth/password/forgot')?.body, {
    email: agent.email,
  });
  t.regex((await browser.get('/agents')).html, /emailed chloe at chloe@example\.org a new link/);
});

test('nothing is sent to an agent who is active, to a customer, or by anyone but the superuser', async (t) => {
  const { browser, bank, url } = await signedIn(t);
  const bruno = buildUser('bruno', 'agent');
  const active = await browser.submit(`/agents/${bruno.id}/invite`, {}, '/agents');
  t.is(active.headers.location, '/agents');
  const customer = await browser.submit(`/agents/${buildUser('alice', 'member').id}/invite`, {}, '/agents');
  t.is(customer.status, 404);
  const agents = new Browser(url);
  await agents.signIn('bruno');
  t.is((await agents.submit(`/agents/${bruno.id}/invite`, {}, '/customers')).status, 403);
  t.false(bank.requests.some(({ path }) => path === '/api/auth/password/forgot'));
});

test('too many letters to one address are refused with a reason', async (t) => {
  const { browser, bank } = await signedIn(t);
  const agent = invited(new Date());
  bank.answerNext('GET', `/api/auth/users/${agent.id}`, { status: 200, body: agent });
  bank.answerNext('POST', '/api/auth/password/forgot', {
    status: 429,
    body: problem(429, 'too_many_requests'),
  });
  await browser.submit(`/agents/${agent.id}/invite`, {}, '/agents');
  t.regex((await browser.get('/agents')).html, /notice-refusal/);
});
