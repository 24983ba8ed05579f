import type { Middleware } from 'koa';

const LOOK_EVERY_MS = 5_000;
const STALLED_AFTER_MS = 60_000;

/** Disconnects clients that read nothing of their response for a minute, to free their resources. */
export function dropStalledClients({
  lookEveryMs = LOOK_EVERY_MS,
  stalledAfterMs = STALLED_AFTER_MS,
} = {}): Middleware {
  return (ctx, next) => {
    const { res } = ctx;
    const { socket } = ctx.req;
    let takenBytes = 0;
    let stalledMs = 0;
    const timer = setInterval(() => {
      // Counts bytes that left Node's buffers, so it only grows while the client reads.
      const taken = socket.bytesWritten - socket.writableLength;
      const waits = res.writableLength > 0 || socket.writableLength > 0;
      stalledMs = waits && taken === takenBytes ? stalledMs + lookEveryMs : 0;
      takenBytes = taken;
      if (stalledMs >= stalledAfterMs) socket.destroy();
    }, lookEveryMs);
    timer.unref();
    res.once('close', () => clearInterval(timer));
    return next();
  };
}
