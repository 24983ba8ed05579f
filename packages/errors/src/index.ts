/**
 * A refusal that a client may see.
 *
 * Two texts: `title` and `detail` go out as problem+json (RFC 9457); `message` is for the log and stays inside.
 */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string | null;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly members: ProblemMembers;

  constructor(code: string, status: number, title: string, more: ProblemDetails = {}) {
    super(more.internal ?? `${code}: ${more.detail ?? title}`, { cause: more.cause });
    this.name = 'Problem';
    this.code = code;
    this.status = status;
    this.title = title;
    this.detail = more.detail ?? null;
    this.errors = more.errors;
    this.headers = more.headers ?? {};
    this.members = more.members ?? {};
  }
}

/** What a problem has besides the members that all have (RFC 9457, 3.2). */
export interface ProblemMembers {
  /** With `totp_required`: what the second step of a sign-in needs in place of the password. */
  readonly sign_in?: string;
  /** With `totp_required` at sign-in: what the second step may be. */
  readonly methods?: readonly string[];
}

/** One invalid field: `path` in dotted form, as the client wrote it. */
export interface FieldError {
  path: string;
  message: string;
}

export interface ProblemDetails {
  detail?: string | undefined;
  errors?: readonly FieldError[] | undefined;
  headers?: Record<string, string> | undefined;
  members?: ProblemMembers | undefined;
  /** A text for the log, which the client must not see. */
  internal?: string | undefined;
  cause?: unknown;
}

/** Creates a named refusal; its `code`, `status` and `title` can be read without calling it. */
export interface Refusal {
  (detail?: string, more?: Omit<ProblemDetails, 'detail'>): Problem;
  readonly code: string;
  readonly status: number;
  readonly title: string;
}

/**
 * A service's refusals, by name: `{ insufficient_funds: [409, 'Insufficient funds'] }`.
 * Use as `throw refuse.insufficient_funds()`.
 */
export function refusals<const Table extends Record<string, readonly [status: number, title: string]>>(
  table: Table,
): { readonly [Code in keyof Table]: Refusal } {
  const made = Object.entries(table).map(([code, [status, title]]) => {
    const refuse = (detail?: string, more: Omit<ProblemDetails, 'detail'> = {}) =>
      new Problem(code, status, title, { ...more, detail });
    return [code, Object.assign(refuse, { code, status, title })] as const;
  });
  return Object.fromEntries(made) as unknown as { [Code in keyof Table]: Refusal };
}

/** The refusals that every service shares. */
export const problems = refusals({
  invalid_request: [400, 'Invalid request'],
  unauthenticated: [401, 'A valid access token is required'],
  forbidden: [403, 'Your role doesn’t allow this'],
  insufficient_scope: [403, 'Insufficient scope'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  request_timeout: [408, 'Request timeout'],
  payload_too_large: [413, 'Request body too large'],
  unsupported_media_type: [415, 'Unsupported media type'],
  too_many_requests: [429, 'Too many requests'],
  internal_error: [500, 'Something went wrong on our side'],
  unavailable: [503, 'Service temporarily unavailable'],
});
