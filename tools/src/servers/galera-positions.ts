import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { execa } from 'execa';
import type { GaleraProgram } from '../programs/galera.ts';
import type { PreparedNode } from './cluster-node.ts';
import { type PreparedFolder, writeOwned } from './database-server.ts';

/** The position of a node in the history of its cluster. */
export interface Position {
  cluster: string;
  /** The number of its last transaction; -1 if it's unknown, so that the node needs a copy of the whole data. */
  transaction: number;
}

/** That of a node without data. */
export const NO_POSITION: Position = { cluster: '00000000-0000-0000-0000-000000000000', transaction: -1 };

/** The index of the node that has everything that any node committed. @throws UserError if the nodes don't share a history */
export function mostAdvanced(positions: readonly Position[]): number {
  const known = positions.filter(({ transaction }) => transaction >= 0);
  if (new Set(known.map(({ cluster }) => cluster)).size > 1) {
    throw new UserError(
      'The database nodes belong to different clusters, so none of them can be trusted to have everything. Keep the data folder of one and delete those of the others.',
    );
  }
  const last = Math.max(...known.map(({ transaction }) => transaction), -1);
  return Math.max(
    0,
    positions.findIndex(({ transaction }) => transaction === last),
  );
}

/** Reads grastate.dat. */
export function readState(text: string): Position {
  const cluster = /^uuid:\s+([-0-9a-f]{36})$/m.exec(text)?.[1];
  const transaction = /^seqno:\s+(-?\d+)$/m.exec(text)?.[1];
  return cluster === undefined || transaction === undefined
    ? NO_POSITION
    : { cluster, transaction: Number(transaction) };
}

/** @throws UserError if it has data whose position can't be read: taken for a node without data, it would lose what only it has committed */
export async function positionOf(
  { database, environment }: GaleraProgram,
  { folder, prepared }: PreparedNode,
): Promise<Position> {
  const text = await readFile(join(prepared.data, 'grastate.dat'), 'utf8').catch(() => '');
  const stored = readState(text);
  if (stored.transaction >= 0 || stored.cluster === NO_POSITION.cluster) return stored;
  // It was killed: only its data has the position.
  const { all } = await execa(
    database.server,
    [`--defaults-file=${join(folder, 'my.cnf')}`, '--wsrep-recover', '--skip-networking'],
    {
      all: true,
      reject: false,
      env: environment,
      cwd: folder,
    },
  );
  const found = /Recovered position:\s*([-0-9a-f]{36}):(-?\d+)/.exec(all);
  const transaction = Number(found?.[2] ?? -1);
  if (found === null || transaction < 0)
    throw new UserError(
      `The position of ${prepared.data} could not be read. If its data is damaged, delete it: it's copied from another node.\n${all.slice(-2_000)}`,
    );
  return { cluster: found[1] as string, transaction };
}

export async function writeState(
  { data, owner }: PreparedFolder,
  { cluster, transaction }: Position,
  { mayBegin }: { mayBegin: boolean },
): Promise<void> {
  const lines = [
    '# GALERA saved state',
    'version: 2.1',
    `uuid:    ${cluster}`,
    `seqno:   ${transaction}`,
    `safe_to_bootstrap: ${mayBegin ? 1 : 0}`,
  ];
  await writeOwned(join(data, 'grastate.dat'), `${lines.join('\n')}\n`, owner);
}
