import { type Dispatcher, interceptors } from 'undici';

/** The service's process ended, or refused the connection, before it replied. */
const LOST = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'UND_ERR_SOCKET']);

/** Before each repetition. Together they last longer than a balancer needs to notice that a process is gone. */
const PAUSES_MS = [20, 200, 500];

/**
 * Sends a request again if its connection was lost before a reply, so that it reaches another process of the service. Only a read is
 * repeated, and with `keyed` also a request with an idempotency key: the service carries it out once.
 */
export function repeatLost({ keyed }: { keyed: boolean }): Dispatcher.DispatcherComposeInterceptor {
  return interceptors.retry({
    statusCodes: [],
    retry(error, { state, opts }, callback) {
      const { code = '' } = error as NodeJS.ErrnoException;
      const mayRepeat = isRead(opts.method) || (keyed && hasKey(opts.headers));
      const pauseMs = PAUSES_MS[state.counter - 1];
      if (pauseMs === undefined || !LOST.has(code) || !mayRepeat) {
        callback(error);
        return null;
      }
      return setTimeout(callback, pauseMs, null);
    },
  });
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** The headers are those that the frontend built, an object with names in lower case. */
function hasKey(headers: Dispatcher.DispatchOptions['headers']): boolean {
  return (headers as Record<string, string> | undefined)?.['idempotency-key'] !== undefined;
}
