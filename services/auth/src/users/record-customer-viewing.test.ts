import test from 'ava';
import { openTestAuth } from '../fixtures.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());

const viewsOf = async (id: string) =>
  (await auth.logEvents()).filter(
    ({ action, subject }) => action === 'CUSTOMER_VIEWED' && subject?.id === id,
  );

test.serial('who opens the page of a customer is in the log once an hour, for the staff only', async (t) => {
  const [agent, superuser] = [await auth.person('agent'), await auth.person('superuser')];
  const customer = await auth.person();
  const open = ({ token } = agent, headers = {}) =>
    auth.api.get(`/api/auth/users/${customer.id}`, { token, headers });
  const replies = await Promise.all([open(), open(), open()]);
  t.true(replies.every(({ status }) => status === 200));
  await open();
  const [view, ...more] = await viewsOf(customer.id);
  t.deepEqual(more, []);
  t.like(view, {
    level: 'INFO',
    actor: { id: agent.id, username: agent.username, role: 'agent' },
    subject: { type: 'customer_record', id: customer.id },
    concerns: [],
    data: { username: customer.username },
  });
  t.is((await open(superuser)).status, 200);
  t.is((await viewsOf(customer.id)).length, 2);
  auth.advance(3_600);
  const again = { ...agent, token: (await auth.signIn(agent)).access_token };
  t.is((await open(again, { 'x-guichet-passive': 'yes' })).status, 200);
  t.is((await viewsOf(customer.id)).length, 2, 'a page reloads itself');
  await open(again);
  t.is((await viewsOf(customer.id)).length, 3);
});

test.serial('lists, notes and colleagues are no viewings, and neither is what can’t be seen', async (t) => {
  const [agent, superuser] = [await auth.person('agent'), await auth.person('superuser')];
  const customer = await auth.person();
  const reads = [
    ['/api/auth/users?role=member', agent, 200],
    [`/api/auth/users/${customer.id}/notes`, agent, 200],
    [`/api/auth/users/${customer.id}`, customer, 403],
    [`/api/auth/users/${agent.id}`, superuser, 200],
    [`/api/auth/users/${superuser.id}`, agent, 404],
  ] as const;
  for (const [path, { token }, status] of reads)
    t.is((await auth.api.get(path, { token })).status, status, path);
  for (const { id } of [agent, superuser, customer]) t.deepEqual(await viewsOf(id), []);
});
