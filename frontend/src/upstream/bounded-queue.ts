import { networkOf, ONE_CLIENT } from '@guichet/contract';
import type { Dispatcher } from 'undici';

export interface QueueBounds {
  /** How many requests may run at once. */
  running: number;
  /** How many more may wait. */
  waiting: number;
  /** How long each of those may wait. */
  waitMs: number;
  /** How many of both one client address may have; an IPv6 /64 counts as one. */
  perAddress: number;
}

/** A request was refused because too many others are running or waiting. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull';
}

interface Waiting {
  start: () => void;
  timer: NodeJS.Timeout;
}

/**
 * Bounds what goes out to one service: a request that finds no place within `waitMs` fails with `QueueFull`. The client's address is
 * the one in `x-forwarded-for`, which the frontend itself writes.
 */
export function boundedQueue(bounds: QueueBounds): Dispatcher.DispatcherComposeInterceptor {
  let running = 0;
  const waiting: Waiting[] = [];
  const byAddress = new Map<string, number>();

  function startNext(): void {
    running -= 1;
    waiting.shift()?.start();
  }

  function leave(address: string): void {
    const left = (byAddress.get(address) ?? 1) - 1;
    if (left === 0) byAddress.delete(address);
    else byAddress.set(address, left);
  }

  return (dispatch) => (options, handler) => {
    const address = addressOf(options);
    const ofAddress = byAddress.get(address) ?? 0;
    const refuse = (why: string) => {
      handler.onResponseError?.(null as unknown as Dispatcher.DispatchController, new QueueFull(why));
      return false;
    };
    if (ofAddress >= bounds.perAddress) return refuse('too many requests of one address');
    if (running >= bounds.running && waiting.length >= bounds.waiting) return refuse('the queue is full');
    byAddress.set(address, ofAddress + 1);

    const start = (): boolean => {
      running += 1;
      const onEnd = () => {
        leave(address);
        startNext();
      };
      return dispatch(options, withEnd(handler, onEnd));
    };
    if (running < bounds.running) return start();

    const entry: Waiting = {
      start: () => {
        clearTimeout(entry.timer);
        start();
      },
      timer: setTimeout(() => {
        waiting.splice(waiting.indexOf(entry), 1);
        leave(address);
        refuse('no place became free in time');
      }, bounds.waitMs),
    };
    waiting.push(entry);
    return true;
  };
}

function addressOf({ headers }: Dispatcher.DispatchOptions): string {
  const named = (headers ?? {}) as Record<string, unknown>;
  return networkOf(String(named['x-forwarded-for'] ?? ''), ONE_CLIENT);
}

function withEnd(handler: Dispatcher.DispatchHandler, onEnd: () => void): Dispatcher.DispatchHandler {
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    onEnd();
  };
  return {
    onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
    onResponseStart: (controller, status, headers, message) =>
      handler.onResponseStart?.(controller, status, headers, message),
    onResponseData: (controller, chunk) => handler.onResponseData?.(controller, chunk),
    onResponseEnd(controller, trailers) {
      end();
      handler.onResponseEnd?.(controller, trailers);
    },
    onResponseError(controller, error) {
      end();
      handler.onResponseError?.(controller, error);
    },
  };
}
