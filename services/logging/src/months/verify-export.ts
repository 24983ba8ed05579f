import {
  type Checkpoint,
  isMonthSignedBy,
  isSignedBy,
  type MonthStatement,
  type PublicKeys,
  parseCheckpoint,
  parseMonth,
} from '@guichet/log-checkpoints';
import { hashOver } from '../intake/chain.ts';
import type { ChainEnd } from '../verify/head-witness.ts';
import { readLines } from './export-file.ts';

export interface VerifiedExport {
  /** The bank's signed statement about the month; null if the file is broken. */
  readonly statement: MonthStatement | null;
  /** Why the file is broken; null if it is intact. */
  readonly fault: string | null;
  readonly entries: number;
  /** With how many signed checkpoints its entries agree, those of the file and those that were kept. */
  readonly checkpoints: number;
}

/**
 * Verifies an export without the database: the chain of its entries, the checkpoints in it, those in `kept` that are about its entries, and the statement that
 * the bank signed about all of them. Memory does not grow with the file.
 */
export async function verifyExport(
  file: string,
  keys: PublicKeys,
  kept: readonly Checkpoint[] = [],
): Promise<VerifiedExport> {
  const reader = new ExportReader(keys, kept);
  let fault: string | null = null;
  try {
    for await (const line of readLines(file)) {
      fault = reader.take(line);
      if (fault !== null) break;
    }
    fault ??= reader.end();
  } catch (error) {
    fault = `the file can’t be read: ${(error as Error).message}`;
  }
  return {
    statement: fault === null ? reader.statement : null,
    fault,
    entries: reader.entries,
    checkpoints: reader.checkpoints,
  };
}

class ExportReader {
  entries = 0;
  statement: MonthStatement | null = null;
  #month = '';
  #previous: ChainEnd | null = null;
  #last: ChainEnd | null = null;
  /** The newest entry that a checkpoint has proven. */
  #proven: bigint | null = null;
  readonly #agreed = new Set<string>();
  readonly #keys: PublicKeys;
  /** Those that are due, in the order of the chain. */
  #kept: readonly Checkpoint[];

  constructor(keys: PublicKeys, kept: readonly Checkpoint[]) {
    this.#keys = keys;
    this.#kept = [...kept].sort((a, b) => Number(a.sequence - b.sequence));
  }

  get checkpoints(): number {
    return this.#agreed.size;
  }

  /** Takes the next line. @returns why the file is broken; null if nothing is wrong so far */
  take(line: Buffer): string | null {
    if (this.statement !== null) return 'there is something behind its end';
    const value = JSON.parse(line.toString()) as unknown;
    if (this.#last === null) return this.#takeHeader((value ?? {}) as Record<string, unknown>);
    if (Array.isArray(value)) return this.#takeEntry(line, value, this.#last);
    const { checkpoint, exported } = (value ?? {}) as { checkpoint?: unknown; exported?: unknown };
    if (checkpoint !== undefined) return this.#takeCheckpoint(parseCheckpoint(checkpoint), this.#last);
    if (exported === undefined) return 'it has a line that is neither an entry nor a checkpoint';
    this.statement = parseMonth(exported);
    return null;
  }

  #takeHeader({ guichet_log_export: version, month, previous }: Record<string, unknown>): string | null {
    if (version !== 1 || typeof month !== 'string') return 'it is not an export of the log';
    const { sequence, hash } = (previous ?? {}) as { sequence?: unknown; hash?: unknown };
    this.#month = month;
    this.#previous = { sequence: BigInt(Number(sequence)), hash: Buffer.from(String(hash), 'hex') };
    this.#last = this.#previous;
    return this.#compareKept(this.#last);
  }

  #takeEntry(line: Buffer, [text]: readonly unknown[], last: ChainEnd): string | null {
    const sequence = typeof text === 'string' && /^\d{1,20}$/.test(text) ? BigInt(text) : null;
    if (sequence === null || sequence <= last.sequence)
      return `its entries are not in order after ${last.sequence}`;
    this.#last = { sequence, hash: hashOver(last.hash, line) };
    this.entries += 1;
    return this.#compareKept(this.#last);
  }

  /** Compares the checkpoints that were kept and that are about an end of the chain, or about one before it that the chain does not have. */
  #compareKept(end: ChainEnd): string | null {
    while (this.#kept[0] !== undefined && this.#kept[0].sequence <= end.sequence) {
      const [checkpoint, ...later] = this.#kept;
      this.#kept = later;
      // Those before the month are about other exports.
      if (checkpoint.sequence < (this.#previous?.sequence ?? 0n)) continue;
      const fault = this.#compare(checkpoint, end);
      if (fault !== null) return fault;
    }
    return null;
  }

  #takeCheckpoint(checkpoint: Checkpoint, last: ChainEnd): string | null {
    if (!isSignedBy(this.#keys, checkpoint)) return 'it has a checkpoint that was not signed by the bank';
    // The one that covers the end of the month can be about an entry of the next.
    return checkpoint.sequence > last.sequence ? null : this.#compare(checkpoint, last);
  }

  #compare(checkpoint: Checkpoint, end: ChainEnd): string | null {
    if (checkpoint.sequence !== end.sequence || !checkpoint.hash.equals(end.hash))
      return `its entries were changed${this.#since()}: entry ${checkpoint.sequence} is not the one that was signed at ${checkpoint.time.toISOString()}`;
    // The end of the month before is counted with its own export.
    if (end !== this.#previous) this.#agreed.add(checkpoint.signature.toString('base64'));
    this.#proven = checkpoint.sequence;
    return null;
  }

  #since(): string {
    return this.#proven === null ? '' : ` after entry ${this.#proven}`;
  }

  /** @returns why the whole file is broken */
  end(): string | null {
    const [{ statement }, previous, last] = [this, this.#previous, this.#last];
    if (statement === null || previous === null || last === null) return 'its end is missing';
    if (!isMonthSignedBy(this.#keys, 'exported', statement))
      return 'what it says about the whole month was not signed by the bank';
    const isSame = (one: ChainEnd, other: ChainEnd) =>
      one.sequence === other.sequence && one.hash.equals(other.hash);
    if (
      statement.month !== this.#month ||
      statement.entries !== this.entries ||
      !isSame(statement.previous, previous) ||
      !isSame(statement.last, last)
    )
      return `its entries were changed${this.#since()}: they are not those of the month that the bank signed`;
    return null;
  }
}
