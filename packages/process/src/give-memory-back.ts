import { flushCompileCache } from 'node:module';

/**
 * Returns memory that only the start needed to the system. Node keeps the compiled code that it read from disk until it's written back. Loading modules
 * makes the young generation of the heap as large as work ever does, and V8 does not shrink it by itself; `last-resort` is V8's name for a
 * collection that frees all it can, for which node needs `--expose-gc`.
 */
export function giveMemoryBack(): void {
  flushCompileCache();
  globalThis.gc?.({ type: 'major', flavor: 'last-resort', execution: 'sync' });
}
