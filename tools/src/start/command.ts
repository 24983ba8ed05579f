import { UserError } from '@guichet/cli';
import type { Logins } from '@guichet/jobs/demo/logins';
import { dataFolder } from '../project.ts';
import { Bank } from './bank.ts';
import { terminalOutput } from './output.ts';
import { makeReady } from './run-bank.ts';
import { restartOnChange } from './watch.ts';

const OLDEST_NODE = 24;

/** `npm start` and `npm run dev`: runs the bank until it is told to stop. Returns the exit code. */
export async function runBank(options: { arguments: readonly string[]; watch: boolean }): Promise<number> {
  const demo = readArguments(options.arguments);
  let isReady = false;
  // Until everything stands, hundreds of lines about things going well would hide the one that matters.
  const output = terminalOutput(process.stdout, () => !isReady);
  const stopped = stopSignal();
  const opening = Bank.open({ folder: dataFolder(), output, environment: process.env });
  const bank = await Promise.race([opening, stopped.promise]);
  if (bank === 'stop') {
    await opening.then((opened) => opened.stop()).catch(() => undefined);
    return 0;
  }
  stopped.onInsistence(() => bank.abandon());
  try {
    const ready = (async () => {
      output.say('Starting the services …');
      const logins = await makeReady(bank, { demo, say: output.say });
      isReady = true;
      if (options.watch) restartOnChange(bank, output.say);
      output.say(welcome(bank, logins));
    })();
    // A failure before the ready line ends the run; after it only a signal does.
    await Promise.race([ready.then(() => stopped.promise), stopped.promise]);
    ready.catch(() => undefined);
  } catch (error) {
    await bank.stop();
    throw error;
  }
  output.say('Stopping …');
  await bank.stop();
  output.say('Stopped.');
  return 0;
}

function readArguments(args: readonly string[]): boolean {
  const unknown = args.find((argument) => argument !== '--empty');
  if (unknown !== undefined) {
    throw new UserError(
      `"${unknown}" is not known here; there is --empty (no demo people): npm start -- --empty`,
    );
  }
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    throw new UserError(
      `This is Node ${process.versions.node}; start with "npm start", which brings its own Node 24.`,
    );
  }
  return !args.includes('--empty');
}

interface StopSignal {
  promise: Promise<'stop'>;
  /** What to do when somebody asks again, later: Ctrl-C reaches us twice, from the terminal and through npm. */
  onInsistence(act: () => void): void;
}

function stopSignal(): StopSignal {
  let insist = (): void => undefined;
  let firstAt = 0;
  const promise = new Promise<'stop'>((resolve) => {
    const stop = (): void => {
      if (firstAt === 0) firstAt = Date.now();
      else if (Date.now() - firstAt > 1_500) insist();
      resolve('stop');
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
    // The launcher is gone, however it went.
    process.on('disconnect', stop);
    process.channel?.unref();
  });
  return {
    promise,
    onInsistence(act) {
      insist = act;
    },
  };
}

function welcome(bank: Bank, logins: Logins): string {
  const rows = [
    ['superuser', logins.superuser],
    ...logins.agents.map((login) => ['agent', login] as const),
    ...logins.members.map((login) => ['member', login] as const),
  ] as const;
  const width = Math.max(...rows.map(([, { username }]) => username.length));
  return [
    '',
    '  Sign in with',
    ...rows.map(
      ([role, { username, password }]) => `    ${role.padEnd(9)}  ${username.padEnd(width)}  ${password}`,
    ),
    `  Mail that the bank sends is shown at ${bank.mailUrl}`,
    `  Everything it keeps is in ${bank.folder} (npm run reset forgets it). Ctrl-C ends it.`,
    '',
    `Guichet is ready at ${bank.url}`,
  ].join('\n');
}
