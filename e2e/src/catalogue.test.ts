import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LANGUAGES, SERVICES, type ServiceName } from '@guichet/contract';
import { LOG_ACTIONS, type LogAction, MAIL_TEMPLATES } from '@guichet/contract/events';
import test from 'ava';
import { problems } from '../../packages/errors/src/index.ts';
import { refuse as accounts } from '../../services/accounts/src/errors.ts';
import { DEFINITIONS } from '../../services/accounts/src/operations/kinds/index.ts';
import { refuse as auth, refuseSetup } from '../../services/auth/src/errors.ts';
import { refuse as logging } from '../../services/logging/src/errors.ts';
import { refuse as mailer } from '../../services/mailer/src/errors.ts';

// Pages may not import services, so the texts of refusals are checked here.

const ROOT = join(import.meta.dirname, '..', '..');
const REFUSALS = [problems, accounts, auth, refuseSetup, logging, mailer].flatMap((table) =>
  Object.keys(table),
);

async function catalogue(locale: string): Promise<Record<string, Record<string, string>>> {
  return JSON.parse(await readFile(join(ROOT, 'frontend', 'locales', `${locale}.json`), 'utf8'));
}

/** The source of a folder, without its tests, file by file. */
async function sourceOf(folder: string): Promise<string[]> {
  const files = await readdir(join(ROOT, folder, 'src'), { recursive: true });
  return Promise.all(
    files
      .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$|fixtures/.test(file))
      .map((file) => readFile(join(ROOT, folder, 'src', file), 'utf8')),
  );
}

/** The actions that a service's source names: literals, and the actions of the kinds of operation. */
async function actionsNamedBy(service: ServiceName): Promise<Set<string>> {
  const ofKinds =
    service === 'accounts' ? Object.values(DEFINITIONS).flatMap(({ actions }) => Object.values(actions)) : [];
  const shared = [...(await sourceOf('packages/events')), ...(await sourceOf('packages/outbox'))];
  const sources = [...(await sourceOf(`services/${service}`)), ...shared];
  const literals = sources.flatMap((source) =>
    [...source.matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g)].map(([, word = '']) => word),
  );
  return new Set([...ofKinds, ...literals]);
}

// The types already forbid other actions.
test('each service logs every action that the contract lists for it', async (t) => {
  for (const service of SERVICES.filter((one) => one !== 'frontend')) {
    const named = await actionsNamedBy(service);
    const listed = (Object.keys(LOG_ACTIONS) as LogAction[]).filter((action) =>
      (LOG_ACTIONS[action].services as readonly ServiceName[]).includes(service),
    );
    t.true(listed.length > 0);
    t.deepEqual(
      listed.filter((action) => !named.has(action)),
      [],
      service,
    );
  }
});

test('auth or accounts sends every mail that the contract lists', async (t) => {
  const sources = [...(await sourceOf('services/auth')), ...(await sourceOf('services/accounts'))];
  const named = new Set(
    sources.flatMap((source) =>
      [...source.matchAll(/\b(?:template|mail): '(\w+)'/g)].map(([, word]) => word),
    ),
  );
  t.deepEqual(
    Object.keys(MAIL_TEMPLATES).filter((template) => !named.has(template)),
    [],
  );
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
