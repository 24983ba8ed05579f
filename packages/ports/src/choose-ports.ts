import { takeAnyBlock, takeBlockOf } from './blocks.ts';
import { isFree } from './is-free.ts';

/** The ports of this process's blocks that it has not chosen yet. */
const left: number[] = [];

/** A port that no server uses, and that no other process chooses while this one lives. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = left.shift();
    if (port === undefined) left.push(...(await takeAnyBlock()));
    else if (await isFree(port)) return port;
  }
}

/** Gives each name a port: its previous one if that is still free, otherwise any free one. */
export async function choosePorts<Name extends string>(
  names: readonly Name[],
  before: Partial<Record<string, number>> = {},
): Promise<Record<Name, number>> {
  const chosen = new Map<Name, number>();
  for (const name of names) {
    const last = before[name];
    const isTaken = last === undefined || [...chosen.values()].includes(last);
    const keep = !isTaken && (await takeBlockOf(last)) && (await isFree(last));
    chosen.set(name, keep ? last : await freePort());
  }
  return Object.fromEntries(chosen) as Record<Name, number>;
}
