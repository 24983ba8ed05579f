/**
 * Returns memory that only the start needed to the system, if node runs with `--expose-gc`. Loading modules makes the young
 * generation of the heap as large as work ever does, and V8 does not shrink it by itself; `last-resort` is V8's name for a collection that frees all it can.
 */
export function giveMemoryBack(): void {
  globalThis.gc?.({ type: 'major', flavor: 'last-resort', execution: 'sync' });
}
