import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What `kubectl` of the drill knows of the bank: written by `openRunbooks`, read from the file that DRILL_BANK names. */
export interface LocalBank {
  project: string;
  /** The prefix of the objects: `$BANK`. */
  prefix: string;
  logFile: string;
  /** The environment of each service. */
  services: Readonly<Record<string, Record<string, string>>>;
  /** Restarts and scales processes. */
  controlUrl: string;
}

/** The exit status of a command that needs a cluster. */
export const NEEDS_CLUSTER = 64;

const FLAGS_WITH_VALUE = ['-n', '-c', '-l', '-o'];

/** Does on this machine what a runbook asks of a cluster: exec, logs, rollout restart, scale. @returns the exit status */
async function localKubectl(args: readonly string[], bank: LocalBank): Promise<number> {
  const end = args.indexOf('--');
  const command = end < 0 ? [] : args.slice(end + 1);
  const words = (end < 0 ? args : args.slice(0, end)).filter(
    (word, index, all) =>
      !FLAGS_WITH_VALUE.includes(all[index - 1] ?? '') && !FLAGS_WITH_VALUE.includes(word),
  );
  const [verb, ...rest] = words.filter((word) => !word.startsWith('-'));
  const targets = rest.flatMap((word) => componentOf(word, bank.prefix));
  const [target] = targets;
  if (target === undefined) return NEEDS_CLUSTER;
  if (verb === 'exec') return run(command, bank.services[target] ?? {}, bank.project);
  if (verb === 'logs') return printLog(target, bank.logFile);
  const replicas = words.find((word) => word.startsWith('--replicas='))?.split('=')[1];
  if (verb === 'rollout') for (const one of targets) await control(bank, `restart/${one}`);
  else if (verb === 'scale') await control(bank, `${replicas === '0' ? 'halt' : 'start'}/${target}`);
  else return NEEDS_CLUSTER;
  return 0;
}

/** `deploy/guichet-auth`, `sts/guichet-mysql` and `guichet-nats-0` are auth, mysql and nats. */
function componentOf(word: string, prefix: string): string[] {
  const [, component] = new RegExp(`^(?:deploy/|sts/)?${prefix}-([a-z]+)(?:-\\d+)?$`).exec(word) ?? [];
  return component === undefined ? [] : [component];
}

function run([program = '', ...args]: readonly string[], env: Record<string, string>, cwd: string) {
  const child = spawn(program, args, { stdio: 'inherit', cwd, env: { ...process.env, ...env } });
  return new Promise<number>((resolve) => {
    child.on('error', () => resolve(127));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function printLog(target: string, logFile: string): number {
  const lines = readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.split(/\s+/)[1] === target);
  process.stdout.write(`${lines.slice(-500).join('\n')}\n`);
  return 0;
}

async function control({ controlUrl }: LocalBank, path: string): Promise<void> {
  const reply = await fetch(`${controlUrl}/${path}`, { method: 'POST' });
  if (!reply.ok) throw new Error(await reply.text());
}

if (process.env.DRILL_BANK !== undefined) {
  const bank = JSON.parse(readFileSync(process.env.DRILL_BANK, 'utf8')) as LocalBank;
  process.exitCode = await localKubectl(process.argv.slice(2), bank);
}
