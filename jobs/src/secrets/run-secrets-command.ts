import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { rotateAuthorityFiles } from '../certificates/certificate-files.ts';
import { readJson, writeJson } from '../json-file.ts';
import { fromNamedSecrets, toNamedSecrets } from './named-secrets.ts';
import { rotateValues, STEPS, type Step } from './rotate-values.ts';
import type { Secrets } from './secrets.ts';

/** The authority of the certificates: its files are in `tls/`, and running processes follow them. */
export const AUTHORITY = 'authority';
const SECRETS_USAGE = `list | ${STEPS.map((step) => `${step} <name>`).join(' | ')}`;

/**
 * Lists or changes the secrets of a bank outside Kubernetes. All but the authority only in its stopped state: it reads them when it starts.
 * @returns what to print, line by line; never a secret
 * @throws UserError for another command, and if the secret cannot be changed so
 */
export async function runSecretsCommand(folder: string, args: readonly string[]): Promise<string[]> {
  const [command = '', name, ...more] = args;
  const file = join(folder, 'secrets.json');
  const secrets = await readJson<Secrets>(file);
  if (secrets === null)
    throw new UserError(`There are no secrets in ${folder}. A bank creates them at its first start.`);
  const named = toNamedSecrets(secrets);
  const names = [...Object.keys(named), AUTHORITY];
  if (command === 'list' && name === undefined) return names;
  if (!isStep(command) || name === undefined || more.length > 0) throw new UserError(`Use ${SECRETS_USAGE}`);
  if (name === AUTHORITY) {
    await rotateAuthorityFiles(join(folder, 'tls'), command);
    return [`${name}: ${command} done.`];
  }
  const values = named[name];
  if (values === undefined) throw new UserError(`There is no secret ${name}. Secrets: ${names.join(', ')}`);
  await writeJson(file, fromNamedSecrets({ ...named, [name]: rotateValues(name, command, values) }));
  return [`${name}: ${command} done. The bank reads it at its next start.`];
}

export function isStep(word: string): word is Step {
  return STEPS.some((step) => step === word);
}
