import type { Deps } from '../deps.ts';
import { createFirstSuperuser } from './create-first-superuser.ts';

/** Creates the first superuser if there is none, and prints the password if it was generated. */
export async function welcomeFirstSuperuser(
  deps: Deps,
  settings: { SUPERUSER_USERNAME: string; SUPERUSER_EMAIL: string; SUPERUSER_PASSWORD?: string | undefined },
): Promise<void> {
  const created = await createFirstSuperuser(deps, {
    username: settings.SUPERUSER_USERNAME,
    email: settings.SUPERUSER_EMAIL,
    password: settings.SUPERUSER_PASSWORD ?? null,
  });
  if (created === null) return;
  deps.log.info({ username: created.username }, 'first superuser created');
  if (created.generatedPassword === null) return;
  // Not in the log, which is collected and kept: the password is shown once, to the operator of the first start.
  process.stdout.write(
    `\nThe first superuser is ${created.username}; the password: ${created.generatedPassword}\n\n`,
  );
}
