import {
  type DatabaseChoice,
  databaseChoice,
  list,
  positiveNumber,
  readArguments,
  wholeNumber,
  wholeNumbers,
} from './arguments.ts';

/** The options of a run. */
export interface BenchOptions {
  /** How long each case runs in each round. */
  seconds: number;
  rounds: number;
  accounts: number;
  connections: number;
  /** Numbers of stored operations; the benchmark runs once with each. */
  stored: readonly number[];
  /** Numbers of processes of the accounts service; the benchmark runs once with each. */
  replicas: readonly number[];
  database: DatabaseChoice;
  /** The entries of the log in the benchmark of lists. */
  log: number;
  /** Names of cases; empty for all. */
  only: readonly string[];
  /** The file of the report. */
  json: string;
  /** A folder for the CPU profiles of the process under test; null for none. */
  profile: string | null;
}

const BENCH_USAGE = `npm run bench -- [options]
  --seconds N       how long each case runs in a round (4)
  --rounds N        rounds, the cases interleaved in each (3)
  --accounts N      customers' accounts (10000)
  --connections N   connections of the load (32)
  --stored N[,M]    operations stored before measuring; several are measured one after the other (10000)
  --replicas N[,M]  processes of the accounts service; several numbers are measured one after the other (1)
  --database NAME   default: the server that npm start uses; mysql: MySQL, from Debian sid if this machine has none (default)
  --log N           entries of the audit log, for bench:lists (10000)
  --only a,b,c      some cases alone: a b br b2 b3 c ck d e f h, flood, log-delay; accounts or log, for bench:lists; pages by name, for bench:pages
  --json FILE       where the figures go (bench.json)
  --profile FOLDER  CPU profiles of the accounts service, for bench:pages of the frontend, for node --cpu-prof's readers`;

export function readBenchOptions(args: readonly string[]): BenchOptions {
  const values = readArguments(args, BENCH_USAGE, {
    seconds: '4',
    rounds: '3',
    accounts: '10000',
    connections: '32',
    stored: '10000',
    replicas: '1',
    database: 'default',
    log: '10000',
    only: '',
    json: 'bench.json',
    profile: '',
  });
  return {
    seconds: positiveNumber('seconds', values.seconds),
    rounds: wholeNumber('rounds', values.rounds),
    accounts: wholeNumber('accounts', values.accounts),
    connections: wholeNumber('connections', values.connections),
    stored: wholeNumbers('stored', values.stored),
    replicas: wholeNumbers('replicas', values.replicas),
    database: databaseChoice(values.database),
    log: wholeNumber('log', values.log),
    only: list(values.only),
    json: values.json,
    profile: values.profile || null,
  };
}
