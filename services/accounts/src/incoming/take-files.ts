import { createHash } from 'node:crypto';
import { PAYMENT_FILE_BYTES_MAX } from '@guichet/contract';
import { plain, sentence } from '@guichet/contract/events';
import { isUnavailable, newId, queryOnce, transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { type ScheduledJob, scheduleJob } from '@guichet/scheduled-jobs';
import { actionLogged } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { findDelivered } from '../operations/file-store.ts';
import { readEither } from '../payment-files/read-file.ts';
import { InvalidFile } from '../payment-files/read-xml.ts';
import { type FolderFile, isUnchanged, listFolder, moveFile, readFound } from './folder.ts';
import { FILE_DEFINITIONS, readInTurn, receiveFile } from './receive-file.ts';

/** How long size and time of a file must not change before it's taken: a program that writes it may pause. */
const REST_MS = 10_000;

/** What became of the files that were ready. */
export interface Taken {
  /** The operations as which they were received. */
  received: string[];
  refused: number;
  /** What is left in the folder. */
  left: number;
}

/** A file that was seen before. */
interface Seen {
  stats: FolderFile['stats'];
  since: number;
  /** What was logged about it. */
  trouble: string | null;
}

type Fault = Pick<InvalidFile, 'message'> & { line: number | null };

/** What the bank does with a file that it could read. */
type Fate =
  | { operationId: string }
  | {
      code: 'invalid_file' | 'file_already_received' | 'payload_too_large';
      title: string;
      fault: Fault | null;
    }
  /** It stays. */
  | { waitsFor: string };

/**
 * Receives the files of other banks from a folder, where another program puts them: each as an operation that the bank itself requests. A file is moved to
 * `received` once its operation is committed, or to `refused` beside a file that says why. The operation has the file's digest, so a process that dies before
 * the file was moved leaves it to be moved, and not to be received again. What may pass, such as a missing agent or database, leaves the file where it is.
 */
export class FileTaker {
  readonly #deps: Deps;
  readonly #directory: string;
  #seen = new Map<string, Seen>();
  /** The refused files that are in the log already and could not be moved. */
  readonly #logged = new Set<string>();
  #trouble: string | null = null;

  constructor(deps: Deps, directory: string) {
    this.#deps = deps;
    this.#directory = directory;
  }

  /** Takes the files that have rested. @throws if the database can't be reached */
  async takeFiles(signal?: AbortSignal): Promise<Taken> {
    const taken: Taken = { received: [], refused: 0, left: 0 };
    const files = await this.#look();
    for (const file of this.#rested(files)) {
      if (signal?.aborted === true) break;
      const fate = await this.#takeOne(file);
      if (fate === null) continue;
      if ('operationId' in fate) taken.received.push(fate.operationId);
      else taken.refused += 1;
    }
    taken.left = files.length - taken.received.length - taken.refused;
    return taken;
  }

  /** The folder may be a volume that isn't mounted, which its metric says. */
  async #look(): Promise<FolderFile[]> {
    try {
      const files = await listFolder(this.#directory);
      this.#trouble = null;
      return files;
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.#trouble)
        this.#deps.log.warn({ err: error }, 'the folder of incoming files can’t be read');
      this.#trouble = message;
      return [];
    }
  }

  /** The files that have not changed for some time. */
  #rested(files: readonly FolderFile[]): FolderFile[] {
    const now = this.#deps.clock().getTime();
    const seen = new Map<string, Seen>();
    for (const { path, stats } of files) {
      const key = path.toString('latin1');
      const before = this.#seen.get(key);
      const isSame = before !== undefined && isUnchanged(before.stats, stats);
      seen.set(key, isSame ? before : { stats, since: now, trouble: null });
    }
    this.#seen = seen;
    return files.filter(
      ({ path, stats }) =>
        stats.isFile() && now - (seen.get(path.toString('latin1'))?.since ?? now) >= REST_MS,
    );
  }

  /** @returns what became of it; null if it stays */
  async #takeOne(file: FolderFile): Promise<Exclude<Fate, { waitsFor: string }> | null> {
    try {
      const fate = await this.#decide(file);
      if (fate === null) return null;
      if ('waitsFor' in fate) {
        this.#note(file, fate.waitsFor);
        return null;
      }
      if ('operationId' in fate) await moveFile(this.#directory, file, 'received');
      else await this.#refuse(file, fate);
      return fate;
    } catch (error) {
      if (isUnavailable(error)) throw error;
      this.#note(file, (error as Error).message, error);
      return null;
    }
  }

  /** @returns null if the file has changed or is gone */
  async #decide(file: FolderFile): Promise<Fate | null> {
    if (file.stats.size > PAYMENT_FILE_BYTES_MAX) {
      const fault = { line: null, message: `has more than ${PAYMENT_FILE_BYTES_MAX} bytes` };
      return { code: 'payload_too_large', title: 'The file is too large', fault };
    }
    const bytes = await readFound(file);
    if (bytes === null) return null;
    const delivery = deliveryOf(file, bytes);
    const findEarlier = () => queryOnce(this.#deps.db, findDelivered(delivery));
    const earlier = await findEarlier();
    if (earlier !== null) return { operationId: earlier };
    const fate = await this.#request(bytes, delivery);
    // Another replica may have received it meanwhile.
    const meanwhile = 'code' in fate && fate.code === 'file_already_received' ? await findEarlier() : null;
    return meanwhile === null ? fate : { operationId: meanwhile };
  }

  async #request(bytes: Buffer, delivery: Buffer): Promise<Fate> {
    try {
      const { kind, file } = await readInTurn(bytes, readEither);
      const input = { ...FILE_DEFINITIONS[kind].read(file), delivery };
      const wanted = { input, requester: null, correlationId: newId(), idempotency: null };
      const outcome = await receiveFile(this.#deps, wanted);
      if ('operation' in outcome) return { operationId: outcome.operation.id };
      if ('rendered' in outcome) throw new Error('a file without a key was replayed');
      const { code, title } = outcome.refusal;
      return code === refuse.file_already_received.code
        ? { code: 'file_already_received', title, fault: null }
        : { waitsFor: code };
    } catch (error) {
      if (!(error instanceof InvalidFile)) throw error;
      return { code: 'invalid_file', title: refuse.invalid_file.title, fault: error };
    }
  }

  /** Logs that a file is refused, and moves it. A process that dies in between logs it again. */
  async #refuse(file: FolderFile, { code, title, fault }: Extract<Fate, { code: string }>): Promise<void> {
    const deps = this.#deps;
    const { name } = file;
    const now = deps.clock();
    const line = fault?.line ?? null;
    const reason = fault?.message ?? null;
    const key = identityOf(file);
    if (!this.#logged.has(key)) {
      const event = actionLogged(now, null, {
        action: 'INCOMING_FILE_REFUSED',
        actor: null,
        subject: null,
        concerns: [],
        sentence: sentence`A file from another bank was refused: ${plain(code)}`,
        data: { file_name: name, code, line, fault: reason },
      });
      await transaction(deps.db, (trx) => enqueue(trx, [event]));
      deps.committed();
      this.#logged.add(key);
      deps.log.warn(
        { file: name, code, line, reason, has_entry: true },
        'a file from another bank was refused',
      );
    }
    const refusal = { file: name, code, title, line, reason, refused_at: now.toISOString() };
    await moveFile(this.#directory, file, 'refused', refusal);
    this.#logged.delete(key);
  }

  /** Logs once why a file stays. */
  #note({ path, name }: FolderFile, trouble: string, err?: unknown): void {
    const seen = this.#seen.get(path.toString('latin1'));
    if (seen === undefined || seen.trouble === trouble) return;
    seen.trouble = trouble;
    this.#deps.log.warn(
      { file: name, trouble, ...(err === undefined ? {} : { err }) },
      'a file from another bank waits',
    );
  }
}

/** The digest by which this file, and not another one with the same content, is known. */
function deliveryOf(file: FolderFile, bytes: Buffer): Buffer {
  return createHash('sha256').update(identityOf(file)).update(bytes).digest();
}

/** A file that is sent again has another inode or time, even under the same name; the ctime of one that is moved back here is that of the move. */
function identityOf({ path, stats }: FolderFile): string {
  return JSON.stringify([path.toString('latin1'), ...[stats.ino, stats.mtimeNs, stats.ctimeNs].map(String)]);
}

/** Takes files within seconds, on the replica that has the job. */
export function keepTakingFiles(deps: Deps, directory: string): ScheduledJob {
  const taker = new FileTaker(deps, directory);
  return scheduleJob({
    db: deps.db,
    log: deps.log,
    name: 'incoming_files',
    everySeconds: 5,
    restFactor: 1,
    work: (signal) => taker.takeFiles(signal),
  });
}
