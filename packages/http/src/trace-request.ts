import type { IncomingMessage } from 'node:http';
import { enterTrace, type Origin } from '@guichet/tracing';

/** A request as a part of a trace. */
interface TracedRequest {
  run<Result>(work: () => Result): Result;
  /** Ends its span, whose name is the route's template: a path has ids in it. */
  end(route: string, status: number): void;
}

/** Continues the trace of `origin` with a request, or starts one; a probe or another quiet request is not recorded. */
export function traceRequest(
  { method = 'GET', url }: IncomingMessage,
  origin: Origin | null,
  isQuiet: (url: string) => boolean = isProbe,
): TracedRequest {
  const { span, run, end } = enterTrace(method, origin, {
    kind: 'server',
    attributes: { 'http.request.method': method },
    isQuiet: isQuiet(url ?? '/'),
  });
  return {
    run,
    end(route, status) {
      span.rename(`${method} ${route}`);
      span.set({ 'http.route': route, 'http.response.status_code': status });
      if (status >= 500) span.fail(String(status));
      end();
    },
  };
}

export function isProbe(url: string): boolean {
  return url === '/readyz';
}
