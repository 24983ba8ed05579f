import test from 'ava';
import { buildEvent, startTestLogging } from '../fixtures.ts';
import { planSearch } from './plan-search.ts';
import { blockOf, SEQUENCE_MAX, type SoughtRange } from './rules.ts';
import { seekRanges } from './seek-ranges.ts';

test('of blocks in which a term is only a word of actions, a search reads the entries of these actions', async (t) => {
  const logging = await startTestLogging();
  t.teardown(() => logging.close());
  await logging.store(
    ...Array.from({ length: 1_000 }, (_, index) =>
      buildEvent({
        action: index % 10 === 0 ? 'TRANSFER_REJECTED' : 'TRANSFER_POSTED',
        message: index === 705 ? 'The bank has rejected it' : 'A transfer',
        data: { payee: 'Moreau' },
      }),
    ),
  );
  const seek = async (text: string) => {
    const whole = { first: 1n, last: SEQUENCE_MAX - 1n };
    const plan = await planSearch(logging.runtime, text, { visibleTo: null, whole });
    const ranges: SoughtRange[] = [];
    for await (const some of seekRanges(logging.runtime, plan, { order: 'oldest first' }))
      ranges.push(...some);
    return ranges.slice(0, -1);
  };
  const [before, within, after] = await seek('rejected moreau');
  const block = blockOf(706n);
  for (const range of [before, after]) {
    t.true(range?.actions?.includes('TRANSFER_REJECTED'));
    t.false(range?.actions?.includes('TRANSFER_POSTED'));
  }
  t.deepEqual(within, { first: block * 64n, last: block * 64n + 63n });
  const agent = { token: logging.tokens.issue({ role: 'agent' }) };
  t.is((await logging.client.get('/api/logs/stats?q=rejected+moreau', agent)).body.total, 101);
  const [both, ...others] = await seek('rejected posted');
  t.deepEqual([both?.first, both?.last, others], [within?.first, within?.last, []]);
  t.true(both?.actions?.includes('TRANSFER_POSTED'));
});
