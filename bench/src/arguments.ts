import { parseArgs } from 'node:util';
import { UserError } from '@guichet/cli';

/** The servers that a benchmark can run on. */
const DATABASES = ['default', 'mysql'] as const;
export type DatabaseChoice = (typeof DATABASES)[number];

/**
 * Reads `--name value` for each name in `defaults`.
 * @throws UserError with the usage
 */
export function readArguments<Name extends string>(
  args: readonly string[],
  usage: string,
  defaults: Readonly<Record<Name, string>>,
): Record<Name, string> {
  const names = Object.keys(defaults) as Name[];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' } as const]));
  try {
    return { ...defaults, ...(parseArgs({ args: [...args], options }).values as Record<Name, string>) };
  } catch (error) {
    throw new UserError(`${(error as Error).message}\n${usage}`);
  }
}

export function list(text: string): string[] {
  return text.split(',').filter((part) => part !== '');
}

/** One or more whole numbers, separated by commas, from 1. */
export function wholeNumbers(name: string, text: string): number[] {
  const numbers = list(text).map((part) => wholeNumber(name, part));
  if (numbers.length === 0) throw new UserError(`--${name} needs at least one number`);
  return numbers;
}

export function wholeNumber(name: string, text: string): number {
  const number = positiveNumber(name, text);
  if (!Number.isInteger(number)) throw new UserError(`--${name} ${text} is not a whole number`);
  return number;
}

export function positiveNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0)
    throw new UserError(`--${name} ${text} is not a positive number`);
  return number;
}

export function databaseChoice(text: string): DatabaseChoice {
  const found = DATABASES.find((one) => one === text);
  if (found === undefined) throw new UserError(`--database ${text} is none of ${DATABASES.join(', ')}`);
  return found;
}
