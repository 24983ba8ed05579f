import { ratioOf } from './goals.ts';
import type { Run } from './run.ts';
import { printedTable } from './table.ts';

/** What another ledger reached over HTTP, as ratios to case b: the rate of a bare client's procedure on the same machine. */
interface Peer {
  name: string;
  /** The release and the day, as they were recorded; null if they were not. */
  version: string | null;
  measuredOn: string | null;
  /** A transfer with two entries, between any two accounts. */
  transfer: string;
  /** The same with one hot account. */
  hot: string;
  /** A transfer in two steps: hold, then post. */
  twoSteps: string | null;
  /** Transfers in bulk requests of 100. */
  bulk: string | null;
}

/** Measured once on a 2-core machine like that of docs/performance.md; neither releases nor the day were recorded. */
const PEERS: readonly Peer[] = [
  {
    name: 'Blnk',
    version: null,
    measuredOn: null,
    transfer: '0.083',
    hot: '0.067',
    twoSteps: '0.042',
    bulk: null,
  },
  {
    name: 'Formance',
    version: null,
    measuredOn: null,
    transfer: '0.035–0.047',
    hot: '0.025–0.037',
    twoSteps: null,
    bulk: '0.07',
  },
];

/** The ratios of this run to case b beside those of the peers. */
export function printedPeers(runs: readonly Run[], at: Date): string {
  const toBare = (name: Run['name'], spread: Run['spread'] = 'uniform') => {
    const ratio = ratioOf(runs, { name, spread }, { name: 'b', spread }, 3);
    return ratio === null ? '–' : String(ratio);
  };
  const rows = PEERS.map((peer) => [
    peer.name,
    peer.version ?? 'not recorded',
    peer.measuredOn ?? 'not recorded',
    peer.transfer,
    peer.hot,
    peer.twoSteps ?? '–',
    peer.bulk ?? '–',
  ]);
  return printedTable(
    ['over HTTP ÷ b', 'version', 'measured', 'a transfer', 'hot account', 'in two steps', 'in bulks of 100'],
    [
      [
        'Guichet',
        'this run',
        at.toISOString().slice(0, 10),
        toBare('c'),
        toBare('c', 'hot'),
        toBare('e'),
        toBare('f'),
      ],
      ...rows,
    ],
  );
}
