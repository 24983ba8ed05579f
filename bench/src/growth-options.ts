import {
  type DatabaseChoice,
  databaseChoice,
  positiveNumber,
  readArguments,
  wholeNumber,
  wholeNumbers,
} from './arguments.ts';

/** The options of a run that shows how the figures change with sizes. */
export interface GrowthOptions {
  seconds: number;
  rounds: number;
  connections: number;
  /** Decisions in a bulk request, ascending. */
  batches: readonly number[];
  /** Numbers of accounts, ascending; each needs a bank of its own. */
  accounts: readonly number[];
  /** Numbers of stored operations, ascending. */
  stored: readonly number[];
  database: DatabaseChoice;
  json: string;
}

const GROWTH_USAGE = `npm run bench:growth -- [options]
  --batches N[,M]   decisions in a bulk request, at most 1000 (1,10,100,1000)
  --accounts N[,M]  customers' accounts, each number in a bank of its own (10000,1000000)
  --stored N[,M]    operations stored, in the bank with the fewest accounts; the others keep one for each account (10000,1000000)
  --seconds N       how long each case runs in a round (2)
  --rounds N        rounds, the cases interleaved in each (3)
  --connections N   connections of the load (32)
  --database NAME   default: the server that npm start uses; mysql: MySQL, from Debian sid if this machine has none (default)
  --json FILE       where the figures go (bench-growth.json)`;

export function readGrowthOptions(args: readonly string[]): GrowthOptions {
  const values = readArguments(args, GROWTH_USAGE, {
    batches: '1,10,100,1000',
    accounts: '10000,1000000',
    stored: '10000,1000000',
    seconds: '2',
    rounds: '3',
    connections: '32',
    database: 'default',
    json: 'bench-growth.json',
  });
  const ascending = (name: 'batches' | 'accounts' | 'stored') =>
    wholeNumbers(name, values[name]).sort((a, b) => a - b);
  return {
    batches: ascending('batches'),
    accounts: ascending('accounts'),
    stored: ascending('stored'),
    seconds: positiveNumber('seconds', values.seconds),
    rounds: wholeNumber('rounds', values.rounds),
    connections: wholeNumber('connections', values.connections),
    database: databaseChoice(values.database),
    json: values.json,
  };
}
