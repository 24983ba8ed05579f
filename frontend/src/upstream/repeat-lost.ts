import { type Dispatcher, interceptors } from 'undici';

/** The service's process ended, or refused the connection, before it replied. */
const LOST = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'UND_ERR_SOCKET']);

/** Before each repetition. Together they last longer than a balancer needs to notice that a process is gone. */
const PAUSES_MS = [20, 200, 500];

interface Repetition {
  /** Whether the service carries out a POST or PUT with an idempotency key only once. */
  keyed: boolean;
  /** How long a response may take to start, for a request that doesn't say so itself. */
  withinMs: number;
}

/**
 * Sends a request again if its connection was lost before a reply, so that it reaches another process of the service. Only a read is
 * repeated, and with `keyed` also a request with an idempotency key.
 */
export function repeatLost({ keyed, withinMs }: Repetition): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    if (!isRead(options) && !(keyed && hasKey(options))) return dispatch(options, handler);
    // All attempts together get the time of one, or a page would wait several times as long for a service whose processes end while they work.
    const giveUpAt = performance.now() + (options.headersTimeout ?? withinMs);
    let attempts = 0;
    let hasReply = false;
    const attempt: Dispatcher.Dispatch = (again, retried) => {
      attempts += 1;
      if (attempts === 1) return dispatch(again, retried);
      const leftMs = Math.max(1, Math.ceil(giveUpAt - performance.now()));
      return dispatch({ ...again, headersTimeout: leftMs }, retried);
    };
    const repeat = interceptors.retry({
      statusCodes: [],
      retry(error, _state, callback) {
        const { code = '' } = error as NodeJS.ErrnoException;
        const pauseMs = PAUSES_MS[attempts - 1];
        const isOver = pauseMs === undefined || performance.now() + pauseMs >= giveUpAt;
        // undici would ask for the rest of a response that has begun.
        if (isOver || hasReply || !LOST.has(code)) {
          callback(error);
          return null;
        }
        return setTimeout(callback, pauseMs, null);
      },
    });
    const onReply = () => {
      hasReply = true;
    };
    return repeat(attempt)(options, withReply(handler, onReply));
  };
}

function isRead({ method }: Dispatcher.DispatchOptions): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Only a POST or PUT can have a key; elsewhere the service ignores it. The headers are those that the frontend built, an object with names in lower case. */
function hasKey({ method, headers }: Dispatcher.DispatchOptions): boolean {
  if (method !== 'POST' && method !== 'PUT') return false;
  return (headers as Record<string, string> | undefined)?.['idempotency-key'] !== undefined;
}

function withReply(handler: Dispatcher.DispatchHandler, onReply: () => void): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
    onResponseStart(controller, status, headers, message) {
      if (status >= 200) onReply();
      handler.onResponseStart?.(controller, status, headers, message);
    },
    onResponseData: (controller, chunk) => handler.onResponseData?.(controller, chunk),
    onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
    onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
  };
}
