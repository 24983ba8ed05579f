import type { LogLevel } from '@guichet/contract';

/** What the charts count of an entry by who acted. */
export interface Acted {
  readonly sequence: bigint;
  readonly time: Date;
  readonly level: LogLevel;
  readonly service: string;
  readonly action: string;
  readonly actorId: string | null;
}

type Kind = Pick<Acted, 'level' | 'service' | 'action'>;

const ID_BYTES = 16;
const RECORD_BYTES = ID_BYTES + 2;

/** Names a kind of entries. The server compares words without their trailing spaces. */
export function kindKey({ level, service, action }: Kind): string {
  return `${level} ${service.trimEnd()} ${action.trimEnd()}`;
}

/**
 * Numbers of entries by kind and actor, packed: the length of a list of kinds, the list as JSON text with how many actors each has, and for each of these 16 bytes
 * of their id and 2 of the number. Numbers are big-endian. The same entries always give the same bytes.
 */
export function packActors(entries: readonly Acted[]): Buffer {
  const kinds = new Map<string, Map<string, number>>();
  for (const entry of entries) {
    if (entry.actorId === null) continue;
    const actors = kinds.get(kindKey(entry)) ?? new Map<string, number>();
    kinds.set(kindKey(entry), actors);
    actors.set(entry.actorId, (actors.get(entry.actorId) ?? 0) + 1);
  }
  const sorted = [...kinds].sort(([a], [b]) => (a < b ? -1 : 1));
  const list = Buffer.from(JSON.stringify(sorted.map(([kind, actors]) => [kind, actors.size])), 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(list.length);
  const records = sorted.flatMap(([, actors]) =>
    [...actors].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, count]) => recordOf(id, count)),
  );
  return Buffer.concat([length, list, ...records]);
}

function recordOf(id: string, count: number): Buffer {
  const record = Buffer.alloc(RECORD_BYTES);
  record.write(id.replaceAll('-', ''), 'hex');
  record.writeUInt16BE(count, ID_BYTES);
  return record;
}

/** Adds up numbers of entries by actor. The ids are kept as numbers: as texts, a million of them take several times as long. */
export class ActorCounts {
  /** For each hash, the index of an actor plus one; 0 if there is none. */
  #slots = new Uint32Array(2 ** 12);
  #ids = new Uint32Array(4 * 2 ** 11);
  #counts = new Float64Array(2 ** 11);
  #size = 0;

  /** Adds packed numbers of the kinds that `isWanted` accepts. */
  addPacked(packed: Buffer, isWanted: (kind: string) => boolean): void {
    const length = packed.readUInt32BE(0);
    const kinds = JSON.parse(packed.toString('utf8', 4, 4 + length)) as [string, number][];
    const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
    let at = 4 + length;
    for (const [kind, actors] of kinds) {
      const end = at + actors * RECORD_BYTES;
      if (isWanted(kind))
        for (; at < end; at += RECORD_BYTES) this.#addAt(view, at, view.getUint16(at + ID_BYTES));
      at = end;
    }
  }

  add(id: string, count: number): void {
    const record = recordOf(id, 0);
    this.#addAt(new DataView(record.buffer, record.byteOffset, RECORD_BYTES), 0, count);
  }

  #addAt(view: DataView, at: number, count: number): void {
    const [a, b] = [view.getUint32(at), view.getUint32(at + 4)];
    const [c, d] = [view.getUint32(at + 8), view.getUint32(at + 12)];
    const ids = this.#ids;
    let slot = hashOf(a, b, c, d) & (this.#slots.length - 1);
    for (let known = this.#slots[slot]; known; known = this.#slots[slot]) {
      const index = 4 * (known - 1);
      if (ids[index] === a && ids[index + 1] === b && ids[index + 2] === c && ids[index + 3] === d) {
        (this.#counts[known - 1] as number) += count;
        return;
      }
      slot = (slot + 1) & (this.#slots.length - 1);
    }
    ids.set([a, b, c, d], 4 * this.#size);
    this.#counts[this.#size] = count;
    this.#size += 1;
    this.#slots[slot] = this.#size;
    if (this.#size === this.#counts.length) this.#grow();
  }

  #grow(): void {
    const grown = {
      ids: new Uint32Array(2 * this.#ids.length),
      counts: new Float64Array(2 * this.#counts.length),
    };
    grown.ids.set(this.#ids);
    grown.counts.set(this.#counts);
    this.#ids = grown.ids;
    this.#counts = grown.counts;
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let index = 0; index < this.#size; index += 1) {
      const [a = 0, b = 0, c = 0, d = 0] = this.#ids.subarray(4 * index, 4 * index + 4);
      let slot = hashOf(a, b, c, d) & (this.#slots.length - 1);
      while (this.#slots[slot]) slot = (slot + 1) & (this.#slots.length - 1);
      this.#slots[slot] = index + 1;
    }
  }

  /** The `limit` actors with the most entries, largest first; equal ones in the order of their ids. */
  largest(limit: number): { key: string; count: number }[] {
    const counts = this.#counts.subarray(0, this.#size);
    const least = limit < this.#size ? (counts.toSorted()[this.#size - limit] as number) : 0;
    const found: number[] = [];
    for (const [index, count] of counts.entries()) if (count >= least) found.push(index);
    return found
      .sort(
        (one, other) => (counts[other] as number) - (counts[one] as number) || this.#compareIds(one, other),
      )
      .slice(0, limit)
      .map((index) => ({ key: this.#idAt(index), count: counts[index] as number }));
  }

  #compareIds(one: number, other: number): number {
    for (let part = 0; part < 4; part += 1) {
      const difference = (this.#ids[4 * one + part] as number) - (this.#ids[4 * other + part] as number);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #idAt(index: number): string {
    const parts = [...this.#ids.subarray(4 * index, 4 * index + 4)];
    const hex = parts.map((part) => part.toString(16).padStart(8, '0')).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }
}

function hashOf(a: number, b: number, c: number, d: number): number {
  const mixed = Math.imul(a ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35) ^ d, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
