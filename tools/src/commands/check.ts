import { printedResult, runChecks } from '../checks/checks.ts';
import { speakPlainly } from '../stop-sentence.ts';

await speakPlainly(async () => {
  const results = await runChecks((result) => process.stdout.write(`${printedResult(result)}\n`));
  return results.every(({ found }) => found === null) ? 0 : 1;
});
