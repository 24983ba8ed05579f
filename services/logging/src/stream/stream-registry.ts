/** Limits the number of open streams by ending the oldest instead of refusing the newest. */
export interface StreamRegistry {
  readonly size: number;
  /** Registers a new stream of a user; the returned signal is aborted when the stream must end. */
  open(userId: string, clientAborted: AbortSignal): AbortSignal;
  closeAll(): void;
}

/** Ending a stream loses nothing: a browser reconnects at once, from its last entry. */
export function createStreamRegistry({ perUser, total }: { perUser: number; total: number }): StreamRegistry {
  const streams = new Map<AbortController, string>();

  function endOldest(userId: string | null): void {
    for (const [stream, owner] of streams) {
      if (userId !== null && owner !== userId) continue;
      streams.delete(stream);
      stream.abort();
      return;
    }
  }

  return {
    get size() {
      return streams.size;
    },
    open(userId, clientAborted) {
      if ([...streams.values()].filter((owner) => owner === userId).length >= perUser) endOldest(userId);
      else if (streams.size >= total) endOldest(null);
      const stream = new AbortController();
      streams.set(stream, userId);
      clientAborted.addEventListener(
        'abort',
        () => {
          streams.delete(stream);
          stream.abort();
        },
        { once: true },
      );
      return stream.signal;
    },
    closeAll() {
      while (streams.size > 0) endOldest(null);
    },
  };
}
