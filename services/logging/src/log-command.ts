import { runVerify, VERIFY_USAGE } from './verify/command.ts';

/** `npm run log -- verify`. Exit status: 0 if the chain is intact, 1 if it is broken, 2 if it can't be verified. */
async function run([command, ...args]: readonly string[]): Promise<number> {
  if (command === 'verify') return runVerify(args);
  console.error(`Use ${VERIFY_USAGE}`);
  return 2;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  console.error(`The log can’t be verified: ${(error as Error).message}`);
  process.exitCode = 2;
}
