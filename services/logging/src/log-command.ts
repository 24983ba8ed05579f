import { UsageError } from './command-settings.ts';
import { runMonthsCommand } from './months/command.ts';
import { runVerify } from './verify/command.ts';

const USAGE = `Use one of
  verify [--checkpoints FILE] [--exports FOLDER] [--keys FILE|URL]
  verify-export FILE… [--checkpoints FILE] [--keys FILE|URL]
  months
  export MONTH --to FOLDER
  drop MONTH --exported FOLDER
  retain --to FOLDER [--drop]`;

/**
 * `npm run log -- verify`, and the commands about months. Exit status: 0 if all is well, 1 if the log or an export is broken, 2 if the command can't be
 * done.
 */
async function run([command = '', ...args]: readonly string[]): Promise<number> {
  try {
    return command === 'verify' ? await runVerify(args) : await runMonthsCommand(command, args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(USAGE);
    return 2;
  }
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  console.error(`The command can’t be done: ${(error as Error).message}`);
  process.exitCode = 2;
}
