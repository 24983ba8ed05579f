import type { ServiceName } from '@guichet/contract';
import { z } from 'zod';
import { SETTINGS } from './readmes.ts';

/** The settings without which a service doesn't start and that an environment with these variables doesn't give it. */
export function missingSettings(service: ServiceName, variables: readonly string[]): string[] {
  const given = variables.map(settingOf);
  return Object.entries(SETTINGS[service])
    .filter(([name, schema]) => !z.safeParse(schema, undefined).success && !given.includes(name))
    .map(([name]) => name);
}

/** The variables that a service would ignore. */
export function unknownSettings(service: ServiceName, variables: readonly string[]): string[] {
  return variables.map(settingOf).filter((name) => !(name in SETTINGS[service]));
}

/** A setting may be given as the path of a file. */
function settingOf(variable: string): string {
  return variable.replace(/_FILE$/, '');
}
