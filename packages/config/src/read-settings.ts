import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Lists every invalid setting of the environment, one per line, without values. */
export class ConfigError extends Error {
  constructor(errors: readonly string[]) {
    super(`The settings are not valid:\n${errors.map((error) => `  - ${error}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Reads the settings that `shape` names from the environment. A setting NAME can be set as NAME_FILE, the path of a file with the value, so
 * that a secret need not be in the environment. The value is trimmed. It is an error to set both. Empty means absent.
 * @throws ConfigError with every invalid setting
 */
export function readSettings<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<Shape>> {
  const errors: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(shape)) {
    const given = givenFor(name, environment);
    if ('error' in given) {
      errors.push(given.error);
      continue;
    }
    const parsed = parseQuietly(schema, given.value);
    if (parsed.success) settings[name] = parsed.data;
    else if (given.value === undefined) errors.push(`${name} is missing`);
    else for (const issue of parsed.issues) errors.push(`${name}: ${issue}`);
  }
  if (errors.length > 0) throw new ConfigError(errors);
  return settings as z.output<z.ZodObject<Shape>>;
}

function givenFor(
  name: string,
  environment: NodeJS.ProcessEnv,
): { value: string | undefined } | { error: string } {
  const direct = environment[name] || undefined;
  const file = environment[`${name}_FILE`] || undefined;
  if (file === undefined) return { value: direct };
  if (direct !== undefined) return { error: `${name} and ${name}_FILE are both set; keep one` };
  try {
    return { value: readFileSync(file, 'utf8').trim() || undefined };
  } catch (error) {
    return {
      error: `${name}_FILE cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'} ${file}`,
    };
  }
}

type Parsed = { success: true; data: unknown } | { success: false; issues: string[] };

function parseQuietly(schema: z.core.$ZodType, value: unknown): Parsed {
  try {
    const parsed = z.safeParse(schema, value);
    if (parsed.success) return parsed;
    return { success: false, issues: parsed.error.issues.map(({ message }) => message) };
  } catch {
    // The error of a transform may quote the value, as JSON.parse does, and the value may be a secret.
    return { success: false, issues: ['cannot be read'] };
  }
}
