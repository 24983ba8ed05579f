import { UserError } from '@guichet/cli';
import { freePort, isFree } from '@guichet/ports';

/**
 * Reads a port that the user may set; 0 means any free one.
 * @throws UserError if it is not a port or is in use
 */
export async function requestedPort(
  name: string,
  standard: number,
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const text = environment[name] || String(standard);
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UserError(
      `${name}=${text} is not a port: give a number from 1 to 65535, or 0 for any free one.`,
    );
  }
  if (port === 0) return freePort();
  if (!(await isFree(port))) {
    const other = port + 1 > 65_535 ? port - 1 : port + 1;
    throw new UserError(
      `Port ${port} is in use by another program: stop it, or choose another port, for example ${name}=${other} npm start`,
    );
  }
  return port;
}
