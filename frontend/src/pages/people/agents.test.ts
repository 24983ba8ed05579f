import test from 'ava';
import { invited } from '../../testing/answers/people.ts';
import { Browser, hiddenFields } from '../../testing/browser.ts';
import { problem } from '../../testing/messages.ts';
import { signedIn } from '../../testing/signed-in.ts';
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

test('the log shows an opened account and a decision on money; a request is no decision', (t) => {
  t.is(states({ actions: { ACCOUNT_REQUESTED: 1, DEPOSIT_REQUESTED: 2 } }).includes('done'), false);
  t.is(states({ actions: { ACCOUNT_OPENED: 1 } })[3], 'done');
  t.is(states({ actions: { DEPOSIT_REJECTED: 1 } })[4], 'done');
});

const DAY_MS = 86_400_000;
const invitedUntil = (expires: Date) => ({ ...invited, invitation_expires_at: expires.toISOString() });

test('the superuser’s home shows the steps of a new bank, and not those of a running one', async (t) => {
  const { browser, bank } = await signedIn(t, 'root');
  const { html } = await browser.get('/agents');
  t.regex(html, /id="first-steps"[\s\S]*Two agents are needed for large amounts[\s\S]*1 of 2 is active/);
  t.notRegex((await browser.get('/agents?status=active')).html, /id="first-steps"/);
  bank.answerNext('GET', '/api/logs/stats', { status: 503, body: problem(503, 'unavailable') });
  const without = await browser.get('/agents');
  t.is(without.status, 200);
  t.notRegex(without.html, /id="first-steps"/);
});

test('an invitation says until when its link works, and once it has expired, on the list and the agent’s page', async (t) => {
  const { browser, bank } = await signedIn(t, 'root');
  const show = async (daysLeft: number) => {
    const agent = invitedUntil(new Date(Date.now() + daysLeft * DAY_MS));
    const body = { items: [agent], next: null, total: null };
    bank.answerNext('GET', '/api/auth/users', { status: 200, body });
    bank.answerNext('GET', `/api/auth/users/${agent.id}`, { status: 200, body: agent });
    return [
      (await browser.get('/agents?status=pending')).html,
      (await browser.get(`/agents/${agent.id}`)).html,
    ];
  };
  for (const html of await show(5)) t.regex(html, /Link valid until/);
  for (const html of await show(-1)) t.regex(html, /Invitation expired/);
});

test('an invitation is sent again from the list and from the agent’s page, which show the outcome', async (t) => {
  const { browser, bank } = await signedIn(t, 'root');
  const form = `/agents/${invited.id}/invite`;
  for (const page of ['/agents', `/agents/${invited.id}`]) {
    const fields = hiddenFields((await browser.get(page)).html, form);
    const sent = await browser.post(form, { ...fields, email: 'thief@example.org' });
    t.is(sent.headers.location, page);
    t.regex((await browser.get(page)).html, /emailed chloe at chloe@example\.org a new link[^<]*7 days/);
  }
  const invitations = bank.requests.filter(({ path }) => path === `/api/auth${form}`);
  t.deepEqual(
    invitations.map(({ body }) => body),
    [undefined, undefined],
  );
});

test('a form that is sent twice before the next page is shown gives one notice', async (t) => {
  const { browser } = await signedIn(t, 'root');
  const form = `/agents/${invited.id}/invite`;
  const fields = hiddenFields((await browser.get('/agents')).html, form);
  for (let click = 0; click < 2; click += 1) await browser.post(form, fields);
  t.is((await browser.get('/agents')).html.split('emailed chloe').length, 2);
});

test('an invitation can’t be followed by an activation, which would leave the agent without a password', async (t) => {
  const { browser } = await signedIn(t, 'root');
  const { html } = await browser.get(`/agents/${invited.id}`);
  t.false(html.includes(`href="/agents/${invited.id}/activate"`));
  t.true(html.includes(`href="/agents/${invited.id}/reject"`), 'the invitation can be cancelled');
});

test('an invitation that was accepted or withdrawn is refused with the reason, and so are too many mails', async (t) => {
  const { browser, bank } = await signedIn(t, 'root');
  const form = `/agents/${invited.id}/invite`;
  for (const [status, code, text] of [
    [409, 'not_pending', /can’t be sent again: it was accepted or cancelled/],
    [429, 'too_many_requests', /notice-refusal/],
  ] as const) {
    bank.answerNext('POST', `/api/auth${form}`, { status, body: problem(status, code) });
    await browser.submit(form, {}, '/agents');
    t.regex((await browser.get('/agents')).html, text);
  }
});

test('only the superuser sends invitations', async (t) => {
  const { bank, frontend } = await signedIn(t, 'root');
  const agent = new Browser(frontend.url);
  await agent.signIn('bruno');
  t.is((await agent.submit(`/agents/${invited.id}/invite`, {}, '/customers')).status, 403);
  t.false(bank.requests.some(({ path }) => path.endsWith('/invite')));
});
