import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LANGUAGES, SERVICES, type ServiceName } from '@guichet/contract';
import { LOG_ACTIONS, type LogAction } from '@guichet/contract/events';
import test from 'ava';
import { problems } from '../../packages/errors/src/index.ts';
import { refuse as accounts } from '../../services/accounts/src/errors.ts';
import { DEFINITIONS } from '../../services/accounts/src/operations/kinds/index.ts';
import { refuse as auth, refuseSetup } from '../../services/auth/src/errors.ts';
import { refuse as logging } from '../../services/logging/src/errors.ts';

// Pages may not import services, so the texts of refusals are checked here.

const ROOT = join(import.meta.dirname, '..', '..');
const REFUSALS = [problems, accounts, auth, refuseSetup, logging].flatMap((table) => Object.keys(table));

async function catalogue(locale: string): Promise<Record<string, Record<string, string>>> {
  return JSON.parse(await readFile(join(ROOT, 'frontend', 'locales', `${locale}.json`), 'utf8'));
}

/** The actions that a service's source names: literals, and the actions of the kinds of operation. */
async function actionsNamedBy(service: ServiceName): Promise<Set<string>> {
  const folders = [`services/${service}`, 'packages/events'];
  const named: string[] =
    service === 'accounts' ? Object.values(DEFINITIONS).flatMap(({ actions }) => Object.values(actions)) : [];
  for (const folder of folders) {
    for (const file of await readdir(join(ROOT, folder, 'src'), { recursive: true })) {
      if (!/\.ts$/.test(file) || /\.test\.ts$|fixtures/.test(file)) continue;
      const source = await readFile(join(ROOT, folder, 'src', file), 'utf8');
      for (const [, word = ''] of source.matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g)) named.push(word);
    }
  }
  return new Set(named);
}

// The types already forbid other actions.
test('each service logs every action that the contract lists for it', async (t) => {
  for (const service of SERVICES.filter((one) => one !== 'frontend')) {
    const named = await actionsNamedBy(service);
    const listed = (Object.keys(LOG_ACTIONS) as LogAction[]).filter((action) =>
      (LOG_ACTIONS[action] as readonly ServiceName[]).includes(service),
    );
    t.true(listed.length > 0);
    t.deepEqual(
      listed.filter((action) => !named.has(action)),
      [],
      service,
    );
  }
});

for (const locale of LANGUAGES) {
  test(`every refusal has a text in ${locale}`, async (t) => {
    const { refusals } = await catalogue(locale);
    t.deepEqual(
      REFUSALS.filter((code) => refusals?.[code] === undefined),
      [],
    );
  });
}
