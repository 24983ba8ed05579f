import test from 'ava';
import { linkToken, openTestAuth, PASSWORD, type Person } from '../fixtures.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
let superuser: Person;
test.before(async () => {
  superuser = await auth.person('superuser');
});

let invited = 0;
async function newAgent() {
  invited += 1;
  const username = `invited-${invited}`;
  const { body } = await auth.api.post(
    '/api/auth/agents',
    { username, email: `${username}@example.org` },
    { token: superuser.token },
  );
  return body;
}
const again = (id: string, { token } = superuser) =>
  auth.api.post(`/api/auth/agents/${id}/invite`, undefined, { token });
const accept = (mail: Parameters<typeof linkToken>[0]) =>
  auth.api.post('/api/auth/password/recover', { token: linkToken(mail), new_password: PASSWORD });
const invitations = async (email: string) =>
  (await auth.mails(email)).filter(({ template }) => template === 'agent_invited');

test.serial('an invitation is sent again with a new link, and the old one stops working', async (t) => {
  const agent = await newAgent();
  auth.advance(3 * 86_400);
  const { token } = await auth.person('superuser');
  const { status, body } = await auth.api.post(`/api/auth/agents/${agent.id}/invite`, undefined, { token });
  t.is(status, 200);
  t.is(Date.parse(body.invitation_expires_at), auth.deps.clock().getTime() + 7 * 86_400_000);
  const [first, second] = await invitations(agent.email);
  t.is((await accept(first)).body.code, 'invalid_link');
  auth.advance(6 * 86_400);
  t.is((await accept(second)).status, 204, 'a week starts again');
  t.is((await auth.userEvents(agent.id)).at(-1)?.status, 'active');
  t.like(
    (await auth.logEvents(agent.id)).find(({ action }) => action === 'AGENT_INVITED_AGAIN'),
    { level: 'INFO', subject: { type: 'user', id: agent.id }, concerns: [agent.id] },
  );
  superuser = await auth.person('superuser');
});

test.serial('a double click sends one mail, and the link of that mail works', async (t) => {
  const agent = await newAgent();
  auth.advance(61);
  const replies = await Promise.all([again(agent.id), again(agent.id), again(agent.id)]);
  t.deepEqual(
    replies.map(({ status }) => status),
    [200, 200, 200],
  );
  t.is(new Set(replies.map(({ body }) => body.invitation_expires_at)).size, 1);
  t.is((await invitations(agent.email)).length, 2);
  const events = await auth.logEvents(agent.id);
  t.is(events.filter(({ action }) => action === 'AGENT_INVITED_AGAIN').length, 1);
  t.is((await accept((await invitations(agent.email)).at(-1))).status, 204);
});

test.serial('mails to one address are limited, and a refused one leaves the link as it was', async (t) => {
  const agent = await newAgent();
  for (let sent = 0; sent < 5; sent += 1) {
    auth.advance(61);
    t.is((await again(agent.id)).status, 200, `${sent}`);
  }
  auth.advance(61);
  const refused = await again(agent.id);
  t.is(refused.status, 429);
  t.truthy(refused.headers['retry-after']);
  const mails = await invitations(agent.email);
  t.is(mails.length, 6);
  t.is((await accept(mails.at(-1))).status, 204);
});

test.serial('an accepted or withdrawn invitation is not sent again', async (t) => {
  const accepted = await newAgent();
  t.is((await accept((await invitations(accepted.email))[0])).status, 204);
  const withdrawn = await newAgent();
  await auth.api.post(`/api/auth/users/${withdrawn.id}/reject`, {}, { token: superuser.token });
  const deactivated = await auth.user({ role: 'agent', status: 'deactivated' });
  const withPassword = await auth.user({ role: 'agent', status: 'pending' });
  auth.advance(61);
  for (const { id } of [accepted, withdrawn, deactivated, withPassword]) {
    const { status, body } = await again(id);
    t.is(status, 409);
    t.is(body.code, 'not_pending');
  }
  t.is((await invitations(withdrawn.email)).length, 1);
});

test.serial('only the superuser invites, and only agents', async (t) => {
  const agent = await newAgent();
  auth.advance(61);
  for (const role of ['agent', 'member'] as const)
    t.is((await again(agent.id, await auth.person(role))).body.code, 'forbidden');
  t.is((await again((await auth.user({ status: 'pending', password: null })).id)).status, 404);
  t.is((await again(superuser.id)).status, 403);
  t.is((await invitations(agent.email)).length, 1);
});

test.serial('only an open invitation has a time at which it expires', async (t) => {
  const agent = await newAgent();
  const shown = async () =>
    (await auth.api.get(`/api/auth/users/${agent.id}`, { token: superuser.token })).body;
  t.is(Date.parse((await shown()).invitation_expires_at) - Date.parse(agent.created_at), 7 * 86_400_000);
  await accept((await invitations(agent.email))[0]);
  t.is((await shown()).invitation_expires_at, null);
  const { body } = await auth.api.get('/api/auth/profile', { token: superuser.token });
  t.is(body.invitation_expires_at, null);
});
