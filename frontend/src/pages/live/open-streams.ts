const STREAMS_PER_USER_MAX = 6;

/** The open streams of this process. A user's newest stream ends their oldest, so that none can take all connections. */
export interface OpenStreams {
  /** Counts a stream in until `close`; the signal is aborted when it must end. */
  open(userId: string): { mustEnd: AbortSignal; close(): void };
  endAll(): void;
}

export function createOpenStreams(perUserMax = STREAMS_PER_USER_MAX): OpenStreams {
  const streams = new Map<AbortController, string>();
  return {
    open(userId) {
      const own = [...streams].filter(([, owner]) => owner === userId).map(([stream]) => stream);
      if (own.length >= perUserMax) own[0]?.abort();
      const stream = new AbortController();
      streams.set(stream, userId);
      const close = () => void streams.delete(stream);
      stream.signal.addEventListener('abort', close);
      return { mustEnd: stream.signal, close };
    },
    endAll() {
      for (const stream of [...streams.keys()]) stream.abort();
    },
  };
}
