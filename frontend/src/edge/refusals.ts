import type { ServerResponse } from 'node:http';
import { type Problem, problems } from '@guichet/errors';
import { problemBody } from '@guichet/http';

const RETRY_AFTER_SECONDS = '2';

/** 404 for a path that belongs to no service. */
export function sendNotFound(response: ServerResponse, requestId: string): void {
  sendProblem(response, problems.not_found(), requestId);
}

/** 503 for a service that can't be reached, has no connection left, or failed before it answered. */
export function sendUnavailable(response: ServerResponse, requestId: string): void {
  response.setHeader('Retry-After', RETRY_AFTER_SECONDS);
  sendProblem(response, problems.unavailable(), requestId);
}

/** Sends a problem in the same form as the services (RFC 9457). */
export function sendProblem(response: ServerResponse, problem: Problem, requestId: string): void {
  const body = JSON.stringify(problemBody(problem, requestId));
  response.statusCode = problem.status;
  for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
  response.setHeader('Content-Type', 'application/problem+json');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}
