import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { problems } from '../../packages/errors/src/index.ts';
import { refuse as accounts } from '../../services/accounts/src/errors.ts';
import { DEFINITIONS } from '../../services/accounts/src/operations/kinds/index.ts';
import { refuse as auth, refuseSetup } from '../../services/auth/src/errors.ts';
import { refuse as logging } from '../../services/logging/src/errors.ts';

// Pages may not import services, so the lists that both have are compared here.

const ROOT = join(import.meta.dirname, '..', '..');
const REFUSALS = [problems, accounts, auth, refuseSetup, logging].flatMap((table) => Object.keys(table));

async function catalogue(locale: string): Promise<Record<string, Record<string, string>>> {
  return JSON.parse(await readFile(join(ROOT, 'frontend', 'locales', `${locale}.json`), 'utf8'));
}

/** An agent requests these, and one approval is enough: they are never half approved, and cannot be cancelled. */
const NEVER = /^(?:OVERDRAFT|LIMITS)_(?:APPROVED|CANCELLED)$/;

/** Every action that the code publishes to the log: the outcome of an operation, or a literal. */
async function publishedActions(): Promise<string[]> {
  const actions: string[] = Object.values(DEFINITIONS).flatMap((kind) => Object.values(kind.actions));
  for (const folder of ['services', 'packages']) {
    for (const file of await readdir(join(ROOT, folder), { recursive: true })) {
      if (!/\/src\/.*\.ts$/.test(file) || /node_modules|\.test\.ts$|fixtures/.test(file)) continue;
      const source = await readFile(join(ROOT, folder, file), 'utf8');
      for (const [, choice = ''] of source.matchAll(
        /\b(?:action|ACTION|Action)\b[^\n]*?((?:'[A-Z]+(?:_[A-Z]+)*'[^\n]*))/g,
      ))
        for (const [, action = ''] of choice.matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g)) actions.push(action);
    }
  }
  return [...new Set(actions)].filter((action) => !NEVER.test(action)).sort();
}

for (const locale of ['en', 'fr']) {
  test(`every refusal has its text in ${locale}`, async (t) => {
    const { refusals } = await catalogue(locale);
    t.deepEqual(
      REFUSALS.filter((code) => refusals?.[code] === undefined),
      [],
    );
  });

  test(`every action of the log has its name in ${locale}, and can be filtered by`, async (t) => {
    const { actions } = await catalogue(locale);
    const published = await publishedActions();
    for (const known of [
      'LOGIN',
      'EMAIL_CONFIRMED',
      'ADMIN_COMMAND',
      'SERVICE_ERROR',
      'ACCESS_DENIED',
      'LIMITS_CHANGED',
    ])
      t.true(published.includes(known), `the search misses ${known}`);
    t.deepEqual(
      published.filter((action) => actions?.[action] === undefined),
      [],
    );
    const { ACTIONS } = await import('../../frontend/src/clients/logging.ts');
    t.deepEqual(
      published.filter((action) => !ACTIONS.includes(action)),
      [],
    );
  });
}
