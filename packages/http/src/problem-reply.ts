import { STATUS_CODES } from 'node:http';
import { QueueFullError } from '@guichet/batching';
import { type FieldError, Problem, problems } from '@guichet/errors';
import { z } from 'zod';
import { PeerUnreachableError } from './peer.ts';

/** Whether an error means that something the service needs is down or busy, such as its database. */
export type IsUnavailable = (error: unknown) => boolean;

/** Turns any error into the problem that a client may see. An unknown error becomes internal_error, and nothing of it leaks. */
export function toProblem(error: unknown, isUnavailable: IsUnavailable): Problem {
  if (error instanceof Problem) return error;
  if (isUnavailable(error)) {
    return problems.unavailable(undefined, {
      headers: { 'Retry-After': '1' },
      internal: 'dependency unavailable or busy',
      cause: error,
    });
  }
  if (error instanceof QueueFullError) {
    return problems.unavailable('Too much is waiting already', {
      headers: { 'Retry-After': '1' },
      cause: error,
    });
  }
  if (error instanceof PeerUnreachableError) {
    return problems.unavailable(undefined, {
      headers: { 'Retry-After': '1' },
      internal: error.message,
      cause: error,
    });
  }
  return problems.internal_error(undefined, { internal: 'unexpected error', cause: error });
}

const ERRORS_MAX = 20;
const PATH_LENGTH_MAX = 100;
const MESSAGE_LENGTH_MAX = 200;

/** The first errors that a schema found, as problem `invalid_request`; long input is returned only in part. */
export function invalidRequest(error: z.ZodError, where: string): Problem {
  const errors: FieldError[] = [];
  for (const issue of error.issues) {
    if (errors.length >= ERRORS_MAX) break;
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      const message = `is not known in the ${where}`;
      const unknown = issue.keys.slice(0, ERRORS_MAX - errors.length);
      errors.push(
        ...unknown.map((key) => ({ path: shorten([...path, key].join('.'), PATH_LENGTH_MAX), message })),
      );
    } else {
      errors.push({
        path: shorten(path.join('.') || where, PATH_LENGTH_MAX),
        message: shorten(issue.message, MESSAGE_LENGTH_MAX),
      });
    }
  }
  return problems.invalid_request(undefined, { errors });
}

function shorten(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax).toWellFormed()}…`;
}

/** The body of a problem reply (RFC 9457). */
export function problemBody(problem: Problem, correlationId: string) {
  return {
    type: `urn:guichet:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: problem.detail ?? STATUS_CODES[problem.status] ?? null,
    code: problem.code,
    correlation_id: correlationId,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
    ...problem.members,
  };
}

export type ProblemBody = ReturnType<typeof problemBody>;

/** The schema of that body, for the OpenAPI documents. */
export const ProblemView = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().nullable(),
    code: z.string(),
    correlation_id: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    methods: z
      .array(z.string())
      .describe('With totp_required at sign-in: what the second step may be')
      .optional(),
    sign_in: z
      .string()
      .describe('With totp_required: what POST /api/auth/login/second-factor takes, for five minutes')
      .optional(),
  })
  .meta({ id: 'Problem' });
