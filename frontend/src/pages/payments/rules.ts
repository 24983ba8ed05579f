import type { BatchStatus } from '@guichet/contract';

const ROWS = 100;

/** What an agent may mark a batch as next; null once it is settled. */
export function nextStep({ status }: { status: BatchStatus }): 'sent' | 'settled' | null {
  if (status === 'created') return 'sent';
  return status === 'sent' ? 'settled' : null;
}

/** A part of a long list, from a place on: its rows, and where the parts before and after it begin. */
export interface Slice<Row> {
  rows: readonly Row[];
  /** The numbers of the first and the last row, from 1. */
  from: number;
  to: number;
  count: number;
  before: number | null;
  after: number | null;
}

/** @param from the number of a row, as the address has it; of the first one if there is no such row */
export function sliceOf<Row>(list: readonly Row[], from: string): Slice<Row> {
  const number = /^\d{1,7}$/.test(from) ? Number(from) : 1;
  const start = number >= 1 && number <= list.length ? number - 1 : 0;
  const end = Math.min(start + ROWS, list.length);
  return {
    rows: list.slice(start, end),
    from: start + 1,
    to: end,
    count: list.length,
    before: start === 0 ? null : Math.max(start - ROWS, 0) + 1,
    after: end < list.length ? end + 1 : null,
  };
}
