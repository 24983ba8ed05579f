/** Keeps the number of open streams within bounds, by ending the oldest rather than refusing the newest. */
export interface StreamRegistry {
  readonly size: number;
  /** Counts a new stream of a user in; the signal is aborted when it must end. */
  open(userId: string, clientAborted: AbortSignal): AbortSignal;
  closeAll(): void;
}

/** A browser whose connection was cut reopens its stream at once, so that whoever is sent away by mistake loses nothing. */
export function createStreamRegistry({ perUser, inAll }: { perUser: number; inAll: number }): StreamRegistry {
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
      else if (streams.size >= inAll) endOldest(null);
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
