import type { InterestLineKind, InterestLineStatus, InterestRunState } from '@guichet/contract';
import { PARTS_PER_MINOR, wholeMinor } from './accrual.ts';

/** An interest run over what was accrued until the end of a month and not paid, as the operation with this id; amounts in minor units. */
export interface InterestRun {
  operationId: string;
  month: string;
  currency: string;
  state: InterestRunState;
  count: number;
  interestMinor: bigint;
  overdraftInterestMinor: bigint;
  feesMinor: bigint;
  /** The number of the first line that isn't posted. */
  nextNumber: number;
}

/** A line of a run, which is an operation with this id once it's posted. */
export interface InterestLine {
  id: string;
  runId: string;
  /** Its place in the run, from 0. */
  number: number;
  accountId: string;
  kind: InterestLineKind;
  amountMinor: bigint;
  status: InterestLineStatus;
  /** The code of the refusal for which it was skipped. */
  reason: string | null;
}

/** What was accrued for an account, and what of it was paid. */
export interface Owed {
  accountId: string;
  accrued: bigint;
  paidMinor: bigint;
  feesMinor: bigint;
  chargedMinor: bigint;
}

export type PlannedLine = Pick<InterestLine, 'accountId' | 'kind' | 'amountMinor'>;

/** The interest of an account in whole minor units, without what was paid: positive if the bank owes it. */
function interestOwed({ accrued, paidMinor }: Pick<Owed, 'accrued' | 'paidMinor'>): bigint {
  return wholeMinor(accrued - paidMinor * PARTS_PER_MINOR);
}

/** The lines of an account in a run. What is less than a minor unit stays accrued. */
export function planLines(owed: Owed): PlannedLine[] {
  const { accountId } = owed;
  const interest = interestOwed(owed);
  const fees = owed.feesMinor - owed.chargedMinor;
  const lines: PlannedLine[] = [];
  if (interest > 0n) lines.push({ accountId, kind: 'interest', amountMinor: interest });
  if (interest < 0n) lines.push({ accountId, kind: 'overdraft_interest', amountMinor: -interest });
  if (fees > 0n) lines.push({ accountId, kind: 'fee', amountMinor: fees });
  return lines;
}

/** The totals of lines, by kind. */
export function totalsOf(lines: readonly PlannedLine[]) {
  const sumOf = (wanted: InterestLineKind) =>
    lines.reduce((sum, { kind, amountMinor }) => (kind === wanted ? sum + amountMinor : sum), 0n);
  return {
    count: lines.length,
    interestMinor: sumOf('interest'),
    overdraftInterestMinor: sumOf('overdraft_interest'),
    feesMinor: sumOf('fee'),
  };
}
