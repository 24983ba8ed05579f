import { newId } from '@guichet/database';
import test from 'ava';
import { buildEvent, startTestLogging } from '../fixtures.ts';
import { readPersonalData } from './read-personal-data.ts';

const logging = await startTestLogging();
test.after.always(() => logging.close());

const pathOf = (id: string, query = 'role=member') => `/internal/people/${id}/log?${query}`;
const asAuth = { headers: { 'x-test-peer': 'auth' } };

test('only auth reads what the log holds about a person', async (t) => {
  const id = newId();
  t.is((await logging.client.get(pathOf(id), asAuth)).status, 200);
  for (const peer of ['accounts', 'frontend', '']) {
    const headers: Record<string, string> = peer === '' ? {} : { 'x-test-peer': peer };
    t.is((await logging.client.get(pathOf(id), { headers })).status, 404, peer);
  }
  const token = logging.tokens.issue({ userId: id });
  t.is((await logging.client.get(pathOf(id), { token })).status, 404);
  t.is((await logging.client.get(pathOf(id, ''), asAuth)).status, 400);
});

test('every entry that a member may read comes once, in pages', async (t) => {
  const [id, other] = [newId(), newId()];
  await logging.store(
    ...Array.from({ length: 7 }, (_, index) => buildEvent({ concerns: [id], data: { index } })),
    buildEvent({ concerns: [other] }),
    buildEvent({ subject: { type: 'customer_record', id }, action: 'CUSTOMER_NOTE_ADDED' }),
  );
  const indexes: unknown[] = [];
  for (let cursor: string | undefined, isLast = false; !isLast; ) {
    const page = await readPersonalData(logging.runtime, id, { role: 'member', cursor }, 3);
    t.is(page.section, 'log');
    indexes.push(...page.items.map((entry) => (entry.data as { index: number }).index));
    isLast = page.next === null;
    cursor = page.next ?? undefined;
  }
  t.deepEqual(indexes, [6, 5, 4, 3, 2, 1, 0]);
});

test('what an agent did to a customer is theirs as a fact only', async (t) => {
  const [agent, customer] = [newId(), newId()];
  const actor = { id: agent, username: 'the-agent', role: 'agent' } as const;
  const data = { payee: 'Jan Peeters' };
  await logging.store(
    buildEvent({ actor, concerns: [customer], subject: { type: 'operation', id: newId() }, data }),
    buildEvent({ actor, subject: { type: 'user', id: customer }, message: 'Jan Peeters was deactivated' }),
    buildEvent({ actor, subject: { type: 'user', id: agent }, action: 'LOGIN', data: { ip: '192.0.2.1' } }),
    buildEvent({
      actor: { ...actor, id: customer, username: 'jan-p' },
      concerns: [agent],
      subject: { type: 'operation', id: newId() },
    }),
  );
  const { items } = await readPersonalData(logging.runtime, agent, { role: 'agent' });
  t.is(items.length, 4);
  t.false(/Jan Peeters|jan-p/.test(JSON.stringify(items)));
  t.like(items[1], { action: 'LOGIN', data: { ip: '192.0.2.1' } });
  t.like(items[3], { actor, message: null, data: null });
});
