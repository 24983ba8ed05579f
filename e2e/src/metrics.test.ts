import { readFile } from 'node:fs/promises';
import { METRICS_PAGE, metricsPage, scrapeBank, startBank } from '@guichet/tools';
import test from 'ava';

test('the page of metrics lists exactly the metrics of a running bank', async (t) => {
  t.timeout(120_000);
  const bank = await startBank();
  try {
    const families = await scrapeBank(bank);
    t.is(metricsPage(families), await readFile(METRICS_PAGE, 'utf8'), 'to update: npm run metrics');
  } finally {
    await bank.stop();
  }
});
