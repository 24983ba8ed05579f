import { sign, verify } from 'node:crypto';
import type { CheckpointKeys, PublicKeys } from './keys.ts';

/** The statement that the bank signed about all entries of a month of the log. */
export interface MonthStatement {
  /** `YYYY-MM`. */
  readonly month: string;
  /** The entry before the first of the month; sequence 0 and 32 zero bytes if there is none. */
  readonly previous: { readonly sequence: bigint; readonly hash: Buffer };
  /** The last entry of the month; the same as `previous` if the month has no entries. */
  readonly last: { readonly sequence: bigint; readonly hash: Buffer };
  readonly entries: number;
  readonly time: Date;
  readonly keyId: string;
  /** 64 bytes. */
  readonly signature: Buffer;
}

/** `exported`: its entries were written to a file, and agreed with the checkpoints. `dropped`: they were removed, and the chain begins after them. */
export type MonthEvent = 'exported' | 'dropped';

type Unsigned = Omit<MonthStatement, 'signature'>;

/** The signed bytes: a JSON array without spaces, in UTF-8. */
function statementBytes(
  event: MonthEvent,
  { month, previous, last, entries, time, keyId }: Unsigned,
): Buffer {
  return Buffer.from(
    JSON.stringify([
      `guichet log month ${event} v1`,
      month,
      previous.sequence.toString(),
      previous.hash.toString('hex'),
      last.sequence.toString(),
      last.hash.toString('hex'),
      entries,
      time.toISOString(),
      keyId,
    ]),
  );
}

export function signMonth(
  { keyId, privateKey }: CheckpointKeys['signer'],
  event: MonthEvent,
  about: Pick<MonthStatement, 'month' | 'previous' | 'last' | 'entries' | 'time'>,
): MonthStatement {
  const { month, previous, last, entries, time } = about;
  const unsigned = { month, previous, last, entries, time, keyId };
  return { ...unsigned, signature: sign(null, statementBytes(event, unsigned), privateKey) };
}

/** Whether the key that the statement names is one of `keys`, and signed it. */
export function isMonthSignedBy(keys: PublicKeys, event: MonthEvent, statement: MonthStatement): boolean {
  const key = keys.get(statement.keyId);
  return key !== undefined && verify(null, statementBytes(event, statement), key, statement.signature);
}

interface EndJson {
  readonly sequence: number;
  /** In hex. */
  readonly hash: string;
}

/** A statement as an export has it. */
export interface MonthStatementJson {
  readonly month: string;
  readonly previous: EndJson;
  readonly last: EndJson;
  readonly entries: number;
  readonly time: string;
  readonly key_id: string;
  /** In base64. */
  readonly signature: string;
}

export function monthToJson({
  month,
  previous,
  last,
  entries,
  time,
  keyId,
  signature,
}: MonthStatement): MonthStatementJson {
  const endOf = ({ sequence, hash }: MonthStatement['last']) => ({
    sequence: Number(sequence),
    hash: hash.toString('hex'),
  });
  return {
    month,
    previous: endOf(previous),
    last: endOf(last),
    entries,
    time: time.toISOString(),
    key_id: keyId,
    signature: signature.toString('base64'),
  };
}

/** @throws Error if the value is not a statement; other fields are left out */
export function parseMonth(value: unknown): MonthStatement {
  const {
    month,
    previous,
    last,
    entries,
    time,
    key_id: keyId,
    signature,
  } = (value ?? {}) as Record<string, unknown>;
  const at = typeof time === 'string' ? new Date(time) : null;
  if (
    typeof month !== 'string' ||
    !Number.isSafeInteger(entries) ||
    at === null ||
    Number.isNaN(at.getTime()) ||
    typeof keyId !== 'string' ||
    typeof signature !== 'string'
  )
    throw new Error('not a statement about a month');
  return {
    month,
    previous: parseEnd(previous),
    last: parseEnd(last),
    entries: entries as number,
    time: at,
    keyId,
    signature: Buffer.from(signature, 'base64'),
  };
}

function parseEnd(value: unknown): MonthStatement['last'] {
  const { sequence, hash } = (value ?? {}) as Record<string, unknown>;
  if (!Number.isSafeInteger(sequence) || typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash))
    throw new Error('not an end of the chain with sequence and hash');
  return { sequence: BigInt(sequence as number), hash: Buffer.from(hash, 'hex') };
}
