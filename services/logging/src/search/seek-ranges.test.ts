import { newId } from '@guichet/database';
import test from 'ava';
import { buildEvent, startTestLogging } from '../fixtures.ts';
import { planSearch } from './plan-search.ts';
import { SEQUENCE_MAX, type SoughtRange } from './rules.ts';
import { seekRanges } from './seek-ranges.ts';

test('a search reads the entries whose words have a term, and where it is only a word of actions, the entries of these', async (t) => {
  const transfer = newId();
  const logging = await startTestLogging();
  t.teardown(() => logging.close());
  await logging.store(
    ...Array.from({ length: 1_000 }, (_, index) =>
      buildEvent({
        action: index % 10 === 0 ? 'TRANSFER_REJECTED' : 'TRANSFER_POSTED',
        message: index === 705 ? 'The bank has rejected it' : 'A transfer',
        data: { payee: 'Moreau', amount: 100 * index, ...(index === 321 ? { transfer_id: transfer } : {}) },
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
  for (const range of [before, after]) {
    t.true(range?.actions?.includes('TRANSFER_REJECTED'));
    t.false(range?.actions?.includes('TRANSFER_POSTED'));
  }
  t.deepEqual(within, { first: 706n, last: 706n });
  const agent = { token: logging.tokens.issue({ role: 'agent' }) };
  t.is((await logging.client.get('/api/logs/stats?q=rejected+moreau', agent)).body.total, 101);
  const [both, ...others] = await seek('rejected posted');
  t.deepEqual([both?.first, both?.last, others], [within?.first, within?.last, []]);
  t.true(both?.actions?.includes('TRANSFER_POSTED'));
  t.deepEqual(await seek(transfer), [{ first: 322n, last: 322n }]);
  t.deepEqual(await seek('€777.00'), [{ first: 778n, last: 778n }]);
  t.deepEqual(await seek('moreau'), [{ first: 1n, last: 959n }]);
});
