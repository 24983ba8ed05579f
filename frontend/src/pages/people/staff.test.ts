import test from 'ava';
import { byRole, secondRoot } from '../../testing/answers/people.ts';
import { problem } from '../../testing/messages.ts';
import { signedIn } from '../../testing/signed-in.ts';

test('the staff list shows agents and superusers with their roles, and filters by role', async (t) => {
  const { browser, bank } = await signedIn(t, 'root');
  const { html } = await browser.get('/agents');
  t.regex(html, /bruno · Agent/);
  t.regex(html, /sacha · Administrator/);
  const rolesAsked = () =>
    bank.requests
      .filter(({ path, query }) => path === '/api/auth/users' && query.get('total') !== 'true')
      .map(({ query }) => query.get('role'));
  t.is(rolesAsked().at(-1), 'staff');
  await browser.get('/agents?role=superuser');
  t.is(rolesAsked().at(-1), 'superuser');
  await browser.get('/agents?role=member');
  t.is(rolesAsked().at(-1), 'staff', 'customers have a list of their own');
});

test('a superuser is invited with the form for staff, and an agent unless the role is chosen', async (t) => {
  const { browser, bank } = await signedIn(t, 'root');
  const typed = { username: 'sacha', email: 'sacha@example.org' };
  await browser.submit('/agents/new', { ...typed, role: 'superuser' });
  await browser.submit('/agents/new', typed);
  await browser.submit('/agents/new', { ...typed, role: 'member' });
  const created = bank.requests.filter(
    ({ method, path }) => method === 'POST' && path === '/api/auth/agents',
  );
  t.deepEqual(
    created.map(({ body }) => (body as { role: string }).role),
    ['superuser', 'agent', 'agent'],
  );
});

test('another superuser can be deactivated and deleted; one’s own page offers neither', async (t) => {
  const { browser } = await signedIn(t, 'root');
  const other = await browser.get(`/agents/${secondRoot.id}`);
  t.true(other.html.includes(`href="/agents/${secondRoot.id}/deactivate"`));
  t.true(other.html.includes(`href="/agents/${secondRoot.id}/delete"`));
  const own = byRole.superuser.id;
  const { html } = await browser.get(`/agents/${own}`);
  t.false(html.includes(`href="/agents/${own}/deactivate"`));
  t.false(html.includes(`href="/agents/${own}/delete"`));
});

test('that the last superuser stays is said in the language of the page', async (t) => {
  const { browser, bank } = await signedIn(t, 'root');
  for (const action of ['deactivate', 'delete']) {
    const form = `/agents/${secondRoot.id}/${action}`;
    bank.answerNext(
      action === 'delete' ? 'DELETE' : 'POST',
      action === 'delete'
        ? `/api/auth/users/${secondRoot.id}`
        : `/api/auth/users/${secondRoot.id}/deactivate`,
      { status: 409, body: problem(409, 'last_superuser') },
    );
    const { html } = await browser.follow(await browser.submit(form, {}));
    t.regex(html, /needs another active administrator first/);
  }
});
