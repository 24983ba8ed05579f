import { isSignedBy, parseCheckpoint, publicKeysOf } from '@guichet/log-checkpoints';
import test from 'ava';
import { buildEvent, startTestLogging } from '../fixtures.ts';
import { signEnd } from './sign-end.ts';

const logging = await startTestLogging();
test.after.always(() => logging.close());
const { client, tokens, runtime: db, checkpointKeys: keys } = logging;

test.serial(
  'agents and the superuser read the checkpoints page by page, newest first; members cannot',
  async (t) => {
    for (let count = 0; count < 5; count += 1) {
      await logging.store(buildEvent());
      await signEnd({ db, keys, clock: () => new Date() });
    }
    const published = publicKeysOf((await client.get('/.well-known/log-keys.json')).body);
    for (const role of ['agent', 'superuser'] as const) {
      const token = tokens.issue({ role });
      const read: number[] = [];
      for (let path: string | null = '/api/logs/checkpoints?limit=2'; path !== null; ) {
        const { status, body } = await client.get(path, { token });
        t.is(status, 200);
        for (const item of body.items) t.true(isSignedBy(published, parseCheckpoint(item)));
        read.push(...body.items.map(({ sequence }: { sequence: number }) => sequence));
        path = body.next && `/api/logs/checkpoints?limit=2&cursor=${body.next}`;
      }
      t.deepEqual(read, [5, 4, 3, 2, 1]);
    }
    const { status, body } = await client.get('/api/logs/checkpoints', { token: tokens.issue() });
    t.is(status, 403);
    t.is(body.code, 'forbidden');
    for (const wrong of ['cursor=x', 'x=1', 'limit=0'])
      t.is(
        (await client.get(`/api/logs/checkpoints?${wrong}`, { token: tokens.issue({ role: 'agent' }) }))
          .status,
        400,
      );
  },
);

test.serial('the public keys are open to all, and not sent again while they do not change', async (t) => {
  const { body, headers } = await client.get('/.well-known/log-keys.json');
  t.deepEqual(body, { keys: keys.published.keys });
  t.deepEqual(Object.keys(body.keys[0]).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  t.is(headers['cache-control'], 'public, max-age=60');
  const unchanged = await client.get('/.well-known/log-keys.json', {
    headers: { 'if-none-match': String(headers.etag) },
  });
  t.deepEqual([unchanged.status, unchanged.text], [304, '']);
});
