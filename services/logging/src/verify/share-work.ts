/** Work that several callers wait for. */
interface Shared<Result> {
  readonly result: Promise<Result>;
  readonly stop: AbortController;
  waiting: number;
}

/** Starts the work for the first caller and shares it with those who come until it's done; it's aborted when all of them have left. */
export function shareWork<Result>(
  start: (signal: AbortSignal) => Promise<Result>,
): (left: AbortSignal) => Promise<Result> {
  let shared: Shared<Result> | null = null;

  function begin(): Shared<Result> {
    const stop = new AbortController();
    const begun = { stop, waiting: 0, result: start(stop.signal).finally(() => end(begun)) };
    return begun;
  }

  function end(ended: Shared<Result>): void {
    if (shared === ended) shared = null;
  }

  return (left) => {
    left.throwIfAborted();
    shared ??= begin();
    const joined = shared;
    joined.waiting += 1;
    const leave = () => {
      joined.waiting -= 1;
      if (joined.waiting > 0) return;
      end(joined);
      joined.stop.abort(left.reason);
    };
    left.addEventListener('abort', leave, { once: true });
    return joined.result;
  };
}
