import { readFile } from 'node:fs/promises';
import { METRICS_PAGE, metricsPage, scrapeBank, startBank } from '@guichet/tools';
import test from 'ava';

test('the page of metrics lists what a running bank shows, and nothing else', async (t) => {
  t.timeout(120_000);
  const bank = await startBank();
  try {
    const families = await scrapeBank(bank);
    t.is(metricsPage(families), await readFile(METRICS_PAGE, 'utf8'), 'put it right with: npm run metrics');
  } finally {
    await bank.stop();
  }
});
