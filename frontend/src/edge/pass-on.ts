import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import type { Log } from '@guichet/log';
import type { Middleware } from 'koa';
import { type Dispatcher, errors, type Pool } from 'undici';
import { clientAddress } from '../client-address.ts';
import { type Services, WHOLE_BANK_TIMEOUT_MS } from '../services.ts';
import { headersToCaller, headersToService } from './headers.ts';
import { destinationOf, isStream, pathOf, readsEverything } from './paths.ts';
import { sendNotFound, sendUnavailable } from './refusals.ts';

interface EdgeOptions {
  services: Services;
  log: Log;
  forwardedHops: number;
}

/** Hands `/api/…` to the service it belongs to, both ways as a stream; every other path goes on to the pages. */
export function passOnApi({ services, log, forwardedHops }: EdgeOptions): Middleware {
  return async (ctx, next) => {
    const destination = destinationOf(ctx.req.url ?? '');
    if (destination === 'pages') return next();
    ctx.respond = false;
    const requestId = String(ctx.state.requestId);
    if (destination === 'nowhere') return sendNotFound(ctx.res, requestId);
    ctx.state.service = destination.to;
    await passOn(services[destination.to], ctx.req, ctx.res, {
      ip: clientAddress(ctx.req, forwardedHops),
      requestId,
      log,
    });
  };
}

interface PassOn {
  ip: string;
  requestId: string;
  log: Log;
}

/** Resolves when the answer has gone out, or the caller has gone away, or a refusal has been sent in its place. */
export function passOn(
  pool: Pool,
  request: IncomingMessage,
  response: ServerResponse,
  about: PassOn,
): Promise<void> {
  return new Promise((resolve) => {
    let upstream: Dispatcher.DispatchController | null = null;
    const onCallerGone = (): void => {
      if (response.writableFinished) return;
      upstream?.abort(new Error('the caller went away'));
      resolve();
    };
    const finish = (): void => {
      response.off('close', onCallerGone);
      resolve();
    };
    response.once('close', onCallerGone);
    response.once('finish', finish);

    const target = request.url ?? '/';
    const body = hasBody(request) ? request.pipe(new PassThrough()) : null;
    // A service may answer before it has read everything (413). What is still to come is read and dropped, for the caller's next
    // request on this connection stands behind it.
    const dropRest = (): void => {
      if (body === null || request.complete) return;
      request.unpipe(body);
      request.resume();
    };
    response.once('finish', dropRest);
    pool.dispatch(
      {
        method: request.method as Dispatcher.HttpMethod,
        path: target,
        headers: headersToService(request.headers, about),
        body,
        // A stream may be silent for as long as nothing happens.
        ...(isStream(target) ? { bodyTimeout: 0 } : {}),
        ...(readsEverything(target) ? { headersTimeout: WHOLE_BANK_TIMEOUT_MS } : {}),
      },
      {
        onRequestStart(controller) {
          upstream = controller;
          if (response.destroyed) controller.abort(new Error('the caller went away'));
        },
        onResponseStart(_controller, status, headers) {
          // 1xx answers are between us and the service.
          if (status < 200) return;
          response.writeHead(status, headersToCaller(headers));
          // A stream's reader learns at once that it has begun; a short answer goes out in one piece with its headers.
          if (headers['content-length'] === undefined) response.flushHeaders();
        },
        onResponseData(controller, chunk) {
          if (!response.write(chunk)) {
            controller.pause();
            response.once('drain', () => controller.resume());
          }
        },
        onResponseEnd() {
          response.end();
        },
        onResponseError(_controller, error) {
          if (response.destroyed) return finish();
          if (response.headersSent) {
            // The length or the last chunk is missing, and only a broken connection says so.
            response.destroy();
            return finish();
          }
          if (!(error instanceof errors.RequestAbortedError))
            about.log.warn(
              { err: error, path: pathOf(target), correlation_id: about.requestId },
              'a service did not answer',
            );
          sendUnavailable(response, about.requestId);
        },
      },
    );
  });
}

function hasBody(request: IncomingMessage): boolean {
  return (
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  );
}
