import { runCli } from '@guichet/cli';
import { printedResult, runChecks } from '../checks/checks.ts';

await runCli(async () => {
  const results = await runChecks((result) => process.stdout.write(`${printedResult(result)}\n`));
  return results.every(({ found }) => found === null) ? 0 : 1;
});
