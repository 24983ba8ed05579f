import test from 'ava';
import { buildEvent, startTestLogging } from '../fixtures.ts';

const logging = await startTestLogging();
test.after.always(() => logging.close());
const { client, tokens } = logging;

test('agents and the superuser can verify the chain, and members cannot', async (t) => {
  await logging.store(buildEvent(), buildEvent());
  for (const role of ['agent', 'superuser'] as const) {
    const { body } = await client.get('/api/logs/verify', { token: tokens.issue({ role }) });
    t.like(body, { ok: true, checked: 2, first_break: null, reason: null });
    t.regex(body.head.hash, /^[0-9a-f]{64}$/);
  }
  const { status, body } = await client.get('/api/logs/verify', { token: tokens.issue() });
  t.is(status, 403);
  t.is(body.code, 'forbidden');
  t.is((await client.get('/api/logs/verify?x=1', { token: tokens.issue({ role: 'agent' }) })).status, 400);
});
