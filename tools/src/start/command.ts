import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import type { Logins } from '@guichet/jobs/demo/logins';
import { ensureMysql } from '../programs/mysql.ts';
import { dataFolder } from '../project.ts';
import { Bank } from './bank.ts';
import { makeDataFolder } from './data-folder.ts';
import { clusterOutput, terminalOutput } from './output.ts';
import { makeReady } from './run-bank.ts';
import { restartOnChange } from './watch.ts';

const OLDEST_NODE = 24;

/** Three nodes of each server, and two processes of each service. */
const CLUSTER = { databaseNodes: 3, natsNodes: 3, processes: 2 } as const;

/** `npm start`, `npm run dev` and `npm run start:cluster`: runs the bank until it receives a signal. Returns the exit code. */
export async function runBank(options: {
  arguments: readonly string[];
  watch: boolean;
  cluster?: boolean;
}): Promise<number> {
  const isCluster = options.cluster === true;
  const { demo, mysql } = readArguments(options.arguments, isCluster ? ['--empty', '--mysql'] : ['--empty']);
  let isReady = false;
  // While the bank starts, only warnings and errors are shown: hundreds of routine lines would hide them.
  const folder = dataFolder(process.env, isCluster ? '.guichet-cluster' : undefined);
  const output = isCluster
    ? clusterOutput(process.stdout, await logFileIn(folder), () => !isReady)
    : terminalOutput(process.stdout, () => !isReady);
  const stopped = stopSignal();
  const opening = Bank.open({
    folder,
    ...(isCluster ? CLUSTER : {}),
    ...(mysql ? { database: await ensureMysql(output.say) } : {}),
    output,
    environment: process.env,
    previews: options.watch,
  });
  const bank = await Promise.race([opening, stopped.promise]);
  if (bank === 'stop') {
    await opening.then((opened) => opened.stop()).catch(() => undefined);
    return 0;
  }
  stopped.onSecondSignal(() => bank.killAll());
  try {
    const ready = (async () => {
      output.say('Starting the services …');
      const logins = await makeReady(bank, { demo, say: output.say });
      isReady = true;
      if (options.watch) {
        bank.process('previews').start();
        restartOnChange(bank, output.say);
      }
      if (isCluster) await bank.followNodes(output.say);
      output.say(welcome(bank, logins, { hasPreviews: options.watch, isCluster }));
    })();
    // A failure before the ready line ends the run; afterwards only a signal does.
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

async function logFileIn(folder: string): Promise<string> {
  await makeDataFolder(folder);
  return join(folder, 'bank.log');
}

const OPTIONS = {
  '--empty': 'no demo users',
  '--mysql': 'three MySQL servers with Group Replication instead of a Galera cluster',
} as const;
type Option = keyof typeof OPTIONS;

function readArguments(args: readonly string[], known: readonly Option[]): { demo: boolean; mysql: boolean } {
  const unknown = args.find((argument) => !(known as readonly string[]).includes(argument));
  if (unknown !== undefined) {
    const options = known.map((name) => `${name} (${OPTIONS[name]})`).join(', ');
    throw new UserError(
      `Unknown option "${unknown}". There is: ${options}. Write them after "--": npm start -- --empty`,
    );
  }
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    throw new UserError(
      `This is Node ${process.versions.node}. Run "npm start" instead: it uses its own Node 24.`,
    );
  }
  return { demo: !args.includes('--empty'), mysql: args.includes('--mysql') };
}

interface StopSignal {
  promise: Promise<'stop'>;
  /** Called for a second signal, if it comes more than 1.5 s later: one Ctrl-C arrives twice, from the terminal and through npm. */
  onSecondSignal(act: () => void): void;
}

function stopSignal(): StopSignal {
  let onSecond = (): void => undefined;
  let firstAt = 0;
  const promise = new Promise<'stop'>((resolve) => {
    const stop = (): void => {
      if (firstAt === 0) firstAt = Date.now();
      else if (Date.now() - firstAt > 1_500) onSecond();
      resolve('stop');
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
    // The launcher has ended, possibly by SIGKILL.
    process.on('disconnect', stop);
    process.channel?.unref();
  });
  return {
    promise,
    onSecondSignal(act) {
      onSecond = act;
    },
  };
}

function welcome(
  bank: Bank,
  logins: Logins,
  { hasPreviews, isCluster }: { hasPreviews: boolean; isCluster: boolean },
): string {
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
    `  Emails that the bank sends are shown at ${bank.mailUrl}`,
    ...(hasPreviews ? [`  Every email is previewed in each language at ${bank.previewsUrl}`] : []),
    `  All data is in ${bank.folder} (${isCluster ? `GUICHET_DATA=${bank.folder} ` : ''}npm run reset deletes it). Press Ctrl-C to stop.`,
    ...(isCluster ? [`  The output of every process is in ${join(bank.folder, 'bank.log')}`] : []),
    '',
    `Guichet is ready at ${bank.url}`,
  ].join('\n');
}
