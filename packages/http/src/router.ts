import findMyWay, { type HTTPMethod } from 'find-my-way';

interface Mounted<Target> {
  method: HTTPMethod;
  /** With parameters, as in `/api/accounts/:id`. */
  path: string;
  target: Target;
}

export interface Router<Target> {
  /** What is mounted for a method and path, or null. HEAD is GET; case and a slash at the end make no difference. */
  find(method: string, path: string): { target: Target; params: Record<string, string | undefined> } | null;
  /** The methods of a path; none if the path is unknown. */
  allowedMethods(path: string): string[];
}

/** Longer than any value that a schema accepts, so that the schema decides and not the router. */
const PARAM_LENGTH_MAX = 4_096;

/** Paths without parameters come first, whatever their method: `/users/validate-token` must not match `/users/:id`. */
export function createRouter<Target>(mounted: readonly Mounted<Target>[]): Router<Target> {
  const table = findMyWay({
    caseSensitive: false,
    ignoreTrailingSlash: true,
    maxParamLength: PARAM_LENGTH_MAX,
    // Queries are read elsewhere.
    querystringParser: () => ({}),
  });
  const withHead = mounted.flatMap((one) =>
    one.method === 'GET' ? [{ ...one, method: 'HEAD' as const }, one] : [one],
  );
  const methods = [...new Set(withHead.map(({ method }) => method))];
  const literalPaths = new Set(mounted.map(({ path }) => path).filter((path) => !path.includes(':')));

  for (const { method, path, target } of withHead) table.on(method, path, noHandler, { target });
  for (const path of literalPaths)
    for (const method of methods)
      if (!table.hasRoute(method, path)) table.on(method, path, noHandler, NOT_ALLOWED);

  const find: Router<Target>['find'] = (method, path) => {
    const isEscaped = path.includes('%');
    // The table would decode all of a path, so that `/th%69ngs` was `/things` here but not at the edge. Only parameters may be escaped.
    const found = table.find(method as HTTPMethod, isEscaped ? path.replaceAll('%', '%25') : path);
    if (found === null || found.store === NOT_ALLOWED) return null;
    const params = isEscaped ? decodeAll(found.params) : found.params;
    return params === null ? null : { target: (found.store as { target: Target }).target, params };
  };
  return { find, allowedMethods: (path) => methods.filter((method) => find(method, path) !== null) };
}

const NOT_ALLOWED = {};
const noHandler = () => undefined;

/** Null if one of the values is malformed. */
function decodeAll(params: Record<string, string | undefined>): Record<string, string> | null {
  try {
    return Object.fromEntries(
      Object.entries(params).map(([name, value]) => [name, decodeURIComponent(value ?? '')]),
    );
  } catch {
    return null;
  }
}
