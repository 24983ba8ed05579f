import { newId } from '@guichet/database';
import test from 'ava';
import { ALL_ENTRIES } from '../entries/filter.ts';
import { readEntries } from '../entries/read-entries.ts';
import { buildEvent, startTestLogging } from '../fixtures.ts';

test('of entries about many persons, few are read, and only those are opened that may have a word', async (t) => {
  const { store, runtime, close } = await startTestLogging();
  t.teardown(close);
  const agent = { id: newId(), username: 'agent.nadia', role: 'agent' as const };
  const rejected = (index: number) =>
    buildEvent({
      action: 'TRANSFER_REJECTED',
      actor: agent,
      concerns: [newId()],
      message: index === 1_999 ? 'A transfer to Moreau' : 'A transfer',
      data: { payee: index % 7 === 0 ? 'Zoé Moreau' : 'Zoé Martin', amount: index },
    });
  for (let from = 0; from < 2_000; from += 500)
    await store(...Array.from({ length: 500 }, (_, index) => rejected(from + index)));

  const limits: number[] = [];
  const opened: string[] = [];
  const unwatch = runtime.connections.watch((sql) => {
    const [, limit] = /FROM log_entries .* LIMIT (\d+)$/s.exec(sql) ?? [];
    if (limit !== undefined) limits.push(Number(limit));
    if (sql.includes('person_keys')) opened.push(...(sql.match(/'[0-9a-f-]{36}'/g) ?? []));
  });
  const slice = { order: 'newest first', limit: 20 } as const;
  const page = await readEntries(runtime, { ...ALL_ENTRIES, text: 'rejected moreau' }, slice).finally(
    unwatch,
  );
  t.is(page.length, 20);
  t.regex(page[0]?.message ?? '', /Moreau/, 'what is said about no person is found too');
  t.true(limits.length > 0 && limits.every((limit) => limit < 250), `pages of ${limits.join()} entries`);
  t.true(opened.length < 50, `the keys of ${opened.length} persons`);
});
