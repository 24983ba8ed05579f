import { type KnownOperation, loggedActions } from './known-operations.ts';

/** The state of the bank and of the mail server at the end of a run. */
export interface Evidence {
  operations: readonly { id: string; reference: string | null; status: string }[];
  /** The ledger entries of the customers' accounts. */
  entries: readonly { operation: string; account: string; amount: number }[];
  accounts: readonly { id: string; balance: number; held: number }[];
  log: readonly { operation: string; action: string }[];
  /** The fault during which each mail arrived, by Message-ID. */
  mails: ReadonlyMap<string, readonly number[]>;
  /** The faults that the bank finds in its own books and log; null if there are none. */
  reconciliation: string | null;
  chain: string | null;
}

export type FindingKind =
  | 'lost'
  | 'doubled'
  | 'log missing'
  | 'log doubled'
  | 'mail doubled'
  | 'restarted'
  | 'books';

/** Something that an honest bank would not have. */
export interface Finding {
  kind: FindingKind;
  /** The fault during which it happened, or null if that's unknown. */
  phase: number | null;
  text: string;
}

/**
 * Compares what was acknowledged with what is stored: each acknowledged request and decision exactly once, in the accounts' operations, in the ledger and in the
 * audit log; no mail twice; and balances that add up.
 */
export function tally(known: readonly KnownOperation[], evidence: Evidence): Finding[] {
  return [
    ...operationFindings(known, evidence),
    ...ledgerFindings(known, evidence),
    ...logFindings(known, evidence),
    ...mailFindings(evidence),
    ...bookFindings(known, evidence),
  ];
}

function operationFindings(known: readonly KnownOperation[], { operations }: Evidence): Finding[] {
  const findings: Finding[] = [];
  const byReference = Map.groupBy(operations, ({ reference }) => reference ?? '');
  for (const { reference, id, decision, phase } of known) {
    const stored = byReference.get(reference) ?? [];
    byReference.delete(reference);
    if (id === null) continue;
    const own = stored.find((one) => one.id === id);
    const expected = decision ?? 'pending';
    if (own === undefined) findings.push({ kind: 'lost', phase, text: `operation ${id} is not stored` });
    else if (own.status !== expected)
      findings.push({ kind: 'lost', phase, text: `operation ${id} is ${own.status}, not ${expected}` });
    for (const other of stored.filter((one) => one.id !== id))
      findings.push({ kind: 'doubled', phase, text: `operation ${id} is stored again as ${other.id}` });
  }
  for (const [reference, stored] of byReference)
    for (const { id } of stored)
      findings.push({
        kind: 'doubled',
        phase: null,
        text: `operation ${id} (${reference}) was not requested`,
      });
  return findings;
}

function ledgerFindings(known: readonly KnownOperation[], { entries }: Evidence): Finding[] {
  const findings: Finding[] = [];
  const byOperation = Map.groupBy(entries, ({ operation }) => operation);
  for (const { id, decision, effects, phase } of known) {
    if (id === null) continue;
    const posted = byOperation.get(id) ?? [];
    byOperation.delete(id);
    const expected = decision === 'posted' ? effects : {};
    for (const account of new Set([...Object.keys(expected), ...posted.map((one) => one.account)])) {
      const amounts = posted.filter((one) => one.account === account).map(({ amount }) => amount);
      const amount = expected[account];
      const where = `operation ${id} on account ${account}`;
      if (amount === undefined)
        findings.push({ kind: 'doubled', phase, text: `${where}: posted without a decision` });
      else if (amounts.length === 0) findings.push({ kind: 'lost', phase, text: `${where}: not posted` });
      else if (amounts.length > 1)
        findings.push({ kind: 'doubled', phase, text: `${where}: posted ${amounts.length} times` });
      else if (amounts[0] !== amount)
        findings.push({ kind: 'books', phase, text: `${where}: posted ${amounts[0]}, not ${amount}` });
    }
  }
  for (const id of byOperation.keys())
    findings.push({ kind: 'doubled', phase: null, text: `operation ${id}: posted and not requested` });
  return findings;
}

function logFindings(known: readonly KnownOperation[], { log }: Evidence): Finding[] {
  const findings: Finding[] = [];
  const byOperation = Map.groupBy(log, ({ operation }) => operation);
  for (const operation of known) {
    const { id, phase } = operation;
    if (id === null) continue;
    const logged = (byOperation.get(id) ?? []).map(({ action }) => action);
    byOperation.delete(id);
    const expected = loggedActions(operation);
    for (const action of new Set([...expected, ...logged])) {
      const count = logged.filter((one) => one === action).length;
      const text = `${action} of ${id} is in the log ${count} times`;
      if (count === 0) findings.push({ kind: 'log missing', phase, text });
      else if (count > 1 || !expected.includes(action)) findings.push({ kind: 'log doubled', phase, text });
    }
  }
  for (const id of byOperation.keys())
    findings.push({ kind: 'log doubled', phase: null, text: `${id} is in the log and was not requested` });
  return findings;
}

function mailFindings({ mails }: Evidence): Finding[] {
  return [...mails].flatMap(([id, [, ...again]]) =>
    again.map((phase) => ({ kind: 'mail doubled' as const, phase, text: `mail ${id} arrived again` })),
  );
}

function bookFindings(known: readonly KnownOperation[], evidence: Evidence): Finding[] {
  const expected = new Map(evidence.accounts.map(({ id }) => [id, 0]));
  for (const { decision, effects } of known)
    if (decision === 'posted')
      for (const [account, amount] of Object.entries(effects))
        expected.set(account, (expected.get(account) ?? 0) + amount);
  const held = new Map<string, number>();
  for (const { id, decision, effects } of known)
    if (id !== null && decision === null)
      for (const [account, amount] of Object.entries(effects))
        if (amount < 0) held.set(account, (held.get(account) ?? 0) - amount);
  const texts = evidence.accounts.flatMap((account) => [
    ...differs(`balance of ${account.id}`, account.balance, expected.get(account.id) ?? 0),
    ...differs(`held of ${account.id}`, account.held, held.get(account.id) ?? 0),
  ]);
  for (const fault of [evidence.reconciliation, evidence.chain]) if (fault !== null) texts.push(fault);
  return texts.map((text) => ({ kind: 'books' as const, phase: null, text }));
}

function differs(what: string, found: number, acknowledged: number): string[] {
  return found === acknowledged ? [] : [`${what}: ${found}, acknowledged ${acknowledged}`];
}
