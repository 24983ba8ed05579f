import test from 'ava';
import type { KnownOperation } from './known-operations.ts';
import { type Evidence, tally } from './tally.ts';

// Each test plants one fault in the evidence of a bank that did everything right.

const known: KnownOperation[] = [
  { reference: 'a', kind: 'deposit', effects: { A: 500 }, phase: 0, id: '1', decision: 'posted' },
  {
    reference: 'b',
    kind: 'internal_transfer',
    effects: { A: -200, B: 200 },
    phase: 1,
    id: '2',
    decision: 'posted',
  },
  { reference: 'c', kind: 'withdrawal', effects: { A: -100 }, phase: 1, id: '3', decision: 'rejected' },
  { reference: 'd', kind: 'withdrawal', effects: { A: -50 }, phase: 2, id: '4', decision: null },
];

const right: Evidence = {
  operations: [
    { id: '1', reference: 'a', status: 'posted' },
    { id: '2', reference: 'b', status: 'posted' },
    { id: '3', reference: 'c', status: 'rejected' },
    { id: '4', reference: 'd', status: 'pending' },
  ],
  entries: [
    { operation: '1', account: 'A', amount: 500 },
    { operation: '2', account: 'A', amount: -200 },
    { operation: '2', account: 'B', amount: 200 },
  ],
  accounts: [
    { id: 'A', balance: 300, held: 50 },
    { id: 'B', balance: 200, held: 0 },
  ],
  log: [
    { operation: '1', action: 'DEPOSIT_REQUESTED' },
    { operation: '1', action: 'DEPOSIT_POSTED' },
    { operation: '2', action: 'TRANSFER_REQUESTED' },
    { operation: '2', action: 'TRANSFER_POSTED' },
    { operation: '3', action: 'WITHDRAWAL_REQUESTED' },
    { operation: '3', action: 'WITHDRAWAL_REJECTED' },
    { operation: '4', action: 'WITHDRAWAL_REQUESTED' },
  ],
  mails: new Map([
    ['<m1>', [0]],
    ['<m2>', [1]],
  ]),
  reconciliation: null,
  chain: null,
};

const found = (changes: Partial<Evidence>, operations = known) =>
  tally(operations, { ...right, ...changes }).map(({ kind, phase }) => `${kind} in ${phase}`);
const without = <One extends { id?: string; operation?: string }>(list: readonly One[], id: string) =>
  list.filter((one) => one.id !== id && one.operation !== id);

test('nothing is found where everything was done once', (t) => {
  t.deepEqual(found({}), []);
});

test('an acknowledged request that is not stored is lost', (t) => {
  t.deepEqual(found({ operations: without(right.operations, '4') }), ['lost in 2']);
});

test('an acknowledged decision that is not stored is lost', (t) => {
  const operations = right.operations.map((one) => (one.id === '3' ? { ...one, status: 'pending' } : one));
  t.deepEqual(found({ operations }), ['lost in 1']);
});

test('an acknowledged posting that is not in the ledger is lost', (t) => {
  const entries = right.entries.filter(({ account }) => account !== 'B');
  const accounts = [
    { id: 'A', balance: 300, held: 50 },
    { id: 'B', balance: 0, held: 0 },
  ];
  t.deepEqual(found({ entries, accounts }), ['lost in 1', 'books in null']);
});

test('a request that was carried out twice is doubled', (t) => {
  const operations = [...right.operations, { id: '5', reference: 'b', status: 'pending' }];
  t.deepEqual(found({ operations }), ['doubled in 1']);
});

test('an operation that was never requested is doubled', (t) => {
  const operations = [...right.operations, { id: '5', reference: null, status: 'pending' }];
  t.deepEqual(found({ operations }), ['doubled in null']);
});

test('a posting that is in the ledger twice, or of another amount, is found, also in the balance', (t) => {
  const twice = [...right.entries, { operation: '1', account: 'A', amount: 500 }];
  const richer = [
    { id: 'A', balance: 800, held: 50 },
    { id: 'B', balance: 200, held: 0 },
  ];
  t.deepEqual(found({ entries: twice, accounts: richer }), ['doubled in 0', 'books in null']);
  const other = right.entries.map((one) => (one.account === 'B' ? { ...one, amount: 201 } : one));
  t.deepEqual(found({ entries: other }), ['books in 1']);
});

test('a posting of a rejected or unknown operation is doubled', (t) => {
  const rejected = [...right.entries, { operation: '3', account: 'A', amount: -100 }];
  t.deepEqual(found({ entries: rejected }), ['doubled in 1']);
  const unknown = [...right.entries, { operation: '9', account: 'A', amount: 1 }];
  t.deepEqual(found({ entries: unknown }), ['doubled in null']);
});

test('a missing, doubled or unfounded log entry is found', (t) => {
  t.deepEqual(found({ log: right.log.slice(1) }), ['log missing in 0']);
  t.deepEqual(found({ log: without(right.log, '3') }), ['log missing in 1', 'log missing in 1']);
  t.deepEqual(found({ log: [...right.log, ...right.log.slice(-1)] }), ['log doubled in 2']);
  t.deepEqual(found({ log: [...right.log, { operation: '4', action: 'WITHDRAWAL_POSTED' }] }), [
    'log doubled in 2',
  ]);
  t.deepEqual(found({ log: [...right.log, { operation: '9', action: 'DEPOSIT_POSTED' }] }), [
    'log doubled in null',
  ]);
});

test('a mail that arrived twice is found in the phase of its second arrival', (t) => {
  t.deepEqual(found({ mails: new Map([['<m1>', [0, 2, 2]]]) }), ['mail doubled in 2', 'mail doubled in 2']);
});

test('a wrong balance or hold, and what the bank finds itself, are found', (t) => {
  const accounts = [
    { id: 'A', balance: 300, held: 0 },
    { id: 'B', balance: 199, held: 0 },
  ];
  t.deepEqual(found({ accounts }), ['books in null', 'books in null']);
  t.deepEqual(found({ reconciliation: 'the ledger does not add up' }), ['books in null']);
  t.deepEqual(found({ chain: 'the chain breaks at 7' }), ['books in null']);
});
