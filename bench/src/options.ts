import { parseArgs } from 'node:util';
import { UserError } from '@guichet/cli';

/** The options of a run. */
export interface BenchOptions {
  /** How long each case runs in each round. */
  seconds: number;
  rounds: number;
  accounts: number;
  connections: number;
  /** Numbers of stored operations; the benchmark runs once with each. */
  stored: readonly number[];
  /** The entries of the log in the benchmark of lists. */
  log: number;
  /** Names of cases; empty for all. */
  only: readonly string[];
  /** The file of the report. */
  json: string;
  /** A folder for the CPU profiles of the accounts service; null for none. */
  profile: string | null;
}

const BENCH_USAGE = `npm run bench -- [options]
  --seconds N       how long each case runs in a round (4)
  --rounds N        rounds, the cases interleaved in each (3)
  --accounts N      customers' accounts (10000)
  --connections N   connections of the load (32)
  --stored N[,M]    operations stored before measuring; several are measured one after the other (10000)
  --log N           entries of the audit log, for bench:lists (10000)
  --only a,b,c      some cases alone: a b br b2 b3 c ck d e f h; accounts or log, for bench:lists
  --json FILE       where the figures go (bench.json)
  --profile FOLDER  CPU profiles of the accounts service, for node --cpu-prof's readers`;

export function readBenchOptions(args: readonly string[]): BenchOptions {
  const { values } = parse(args);
  return {
    seconds: positive('seconds', values.seconds),
    rounds: positive('rounds', values.rounds),
    accounts: positive('accounts', values.accounts),
    connections: positive('connections', values.connections),
    stored: list(values.stored).map((one) => positive('stored', one)),
    log: positive('log', values.log),
    only: list(values.only),
    json: values.json,
    profile: values.profile ?? null,
  };
}

function parse(args: readonly string[]) {
  const text = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        seconds: text('4'),
        rounds: text('3'),
        accounts: text('10000'),
        connections: text('32'),
        stored: text('10000'),
        log: text('10000'),
        only: text(''),
        json: text('bench.json'),
        profile: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UserError(`${(error as Error).message}\n${BENCH_USAGE}`);
  }
}

function list(text: string): string[] {
  return text.split(',').filter((part) => part !== '');
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0)
    throw new UserError(`--${name} ${text} is not a positive number`);
  return number;
}
