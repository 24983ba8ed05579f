import { readTest, waitUntilReady } from '../bank-at.ts';
import { moveMoney } from '../helm-test/move-money.ts';

// `helm test` runs this. If a step fails, it prints the step and exits with status 1.
const test = readTest();
try {
  await waitUntilReady(test, 60_000);
  await moveMoney({ ...test, say: (text) => console.log(`ok  ${text}`) });
} catch (error) {
  console.error(`FAILED  ${(error as Error).message}`);
  process.exitCode = 1;
}
