import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { CACHE } from '../project.ts';
import { extractWhole, libraryFolder } from './extract-packages.ts';
import { findProgram } from './find.ts';

/** HAProxy, and where it finds its libraries. */
export interface BalancerProgram {
  program: string;
  environment: Record<string, string>;
}

/**
 * HAProxy: that of this machine, otherwise Debian's, whose files are only extracted into the project's cache, since its package starts a service.
 * @throws UserError if this machine doesn't allow it
 */
export async function ensureHaproxy(say: (text: string) => void, cache = CACHE): Promise<BalancerProgram> {
  const installed = findProgram(['haproxy']);
  if (installed !== null) return { program: installed, environment: {} };
  const folder = join(cache, 'haproxy');
  const root = join(folder, 'root');
  const program = join(root, 'usr', 'sbin', 'haproxy');
  if (!existsSync(program)) {
    if (findProgram(['apt-get']) === null || findProgram(['dpkg-deb']) === null)
      throw new UserError(
        'Missing on this machine: haproxy (2.4 or newer). Only on Debian is it downloaded; install it, and make sure that it is in PATH.',
      );
    say("Downloading HAProxy from the system's packages (only once) …");
    await extractWhole('HAProxy', folder, { withDependencies: ['haproxy'] });
  }
  return { program, environment: { LD_LIBRARY_PATH: await libraryFolder(root) } };
}
