import { UserError } from '@guichet/cli';

/** A process as far as it explains a failure. */
interface Explaining {
  readonly plan: { readonly name: string };
  readonly lastLines: readonly string[];
}

/** Waits for `ready`. @throws UserError with the reason, and what these processes wrote last */
export async function withLastLines<Result>(
  ready: Promise<Result>,
  processes: () => readonly Explaining[],
): Promise<Result> {
  try {
    return await ready;
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message;
    const outputs = processes().map(
      ({ plan, lastLines }) => `The last output of ${plan.name}:\n${indented(lastLines)}`,
    );
    throw new UserError([`${reason}.`, ...outputs].join('\n'), { cause: error });
  }
}

function indented(lines: readonly string[]): string {
  return lines.length === 0 ? '    (none)' : lines.map((line) => `    ${line}`).join('\n');
}

/** A text without these secrets. */
export function withoutSecrets(text: string, secrets: unknown): string {
  return valuesOf(secrets).reduce((left, secret) => left.replaceAll(secret, '[secret]'), text);
}

/** Every text in it; a short one is no secret, and would be found everywhere. */
function valuesOf(secrets: unknown): string[] {
  if (typeof secrets === 'string') return secrets.length < SHORTEST_SECRET ? [] : [secrets];
  if (typeof secrets !== 'object' || secrets === null) return [];
  return Object.values(secrets).flatMap(valuesOf);
}

const SHORTEST_SECRET = 8;
