import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Every fault of the environment at once, one a line, values left out. */
export class ConfigError extends Error {
  constructor(faults: readonly string[]) {
    super(`The settings are not sound:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Reads the settings that `shape` names from the environment. A setting NAME may come as NAME_FILE, a path whose trimmed
 * content is the value, so that a secret need not stand in the environment; both at once is a fault. Empty means absent.
 * @throws ConfigError with every fault
 */
export function readSettings<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<Shape>> {
  const faults: string[] = [];
  const values: Record<string, string> = {};
  for (const name of Object.keys(shape)) {
    const direct = environment[name] || undefined;
    const file = environment[`${name}_FILE`] || undefined;
    if (direct !== undefined && file !== undefined) {
      faults.push(`${name} and ${name}_FILE are both set; keep one`);
    } else if (direct !== undefined) {
      values[name] = direct;
    } else if (file !== undefined) {
      try {
        values[name] = readFileSync(file, 'utf8').trim();
      } catch (error) {
        faults.push(`${name}_FILE cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'} ${file}`);
      }
    }
  }
  const parsed = z.object(shape).safeParse(values);
  if (!parsed.success) {
    const unread = new Set(faults.map((fault) => fault.split(/[ _]FILE| /)[0]));
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0]);
      if (unread.has(name)) continue;
      faults.push(name in values ? `${name}: ${issue.message}` : `${name} is missing`);
    }
  }
  if (faults.length > 0 || !parsed.success) throw new ConfigError(faults);
  return parsed.data;
}
