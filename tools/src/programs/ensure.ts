import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { execa } from 'execa';
import { CACHE } from '../project.ts';
import { findProgram, findPrograms, type Programs } from './find.ts';
import { DEBIAN_PACKAGES, type Means, missingSentence, type Need, type Way, waysToInstall } from './rules.ts';
import { extractSidProgram, hasDebianTools } from './sid.ts';

const NATS_MODULE = 'github.com/nats-io/nats-server/v2@v2.12.1';

type Found<N extends Need> = { [Key in N]: NonNullable<Programs[Key]> };

/**
 * Finds the programs and installs those that are missing, if this machine allows it; `say` receives the progress.
 * @throws UserError that names the missing programs and the command that installs them
 */
export async function ensurePrograms<N extends Need>(
  needs: readonly N[],
  say: (text: string) => void,
): Promise<Found<N>> {
  const means: Means = {
    hasGo: findProgram(['go']) !== null,
    hasApt: findProgram(['apt-get']) !== null,
    hasDebianTools: hasDebianTools(),
    isRoot: process.getuid?.() === 0,
  };
  let programs = await findPrograms(needs);
  for (const way of waysToInstall(missingOf(needs, programs), means)) {
    const stillMissing = missingOf(way.needs, programs);
    if (stillMissing.length === 0) continue;
    await install({ ...way, needs: stillMissing }, say);
    programs = await findPrograms(needs);
  }
  const missing = missingOf(needs, programs);
  if (missing.length > 0) throw new UserError(missingSentence(missing, means, process.platform));
  return Object.fromEntries(needs.map((need) => [need, programs[need]])) as Found<N>;
}

function missingOf(needs: readonly Need[], programs: Programs): Need[] {
  return needs.filter((need) => programs[need] === null);
}

async function install(way: Way, say: (text: string) => void): Promise<void> {
  const began = Date.now();
  say(`Installing ${way.needs.join(', ')} ${FROM[way.by]} (only once) …`);
  const fault = await installBy(way);
  const seconds = Math.round((Date.now() - began) / 1000);
  say(
    fault === null
      ? `Installed ${way.needs.join(', ')} in ${seconds} s.`
      : `The installation failed: ${fault}`,
  );
}

const FROM: Readonly<Record<Way['by'], string>> = {
  go: 'with Go',
  sid: 'from Debian sid',
  apt: "from the system's packages",
};

/** @returns why it failed, or null */
function installBy({ by, needs }: Way): Promise<string | null> {
  switch (by) {
    case 'go':
      return installNatsByGo();
    case 'sid':
      return installNatsOfSid();
    case 'apt':
      return installByApt(needs);
  }
}

/** Extracts nats-server into the project's cache. */
async function installNatsOfSid(): Promise<string | null> {
  const nats = { what: 'nats-server', package: 'nats-server', program: 'usr/sbin/nats-server' };
  try {
    await extractSidProgram(nats, join(CACHE, 'nats'), join(CACHE, 'bin', 'nats-server'));
    return null;
  } catch (error) {
    if (error instanceof UserError) return lastLine(error.message);
    throw error;
  }
}

/** Builds nats-server into the project's cache and deletes what Go downloaded for it. */
async function installNatsByGo(): Promise<string | null> {
  const go = findProgram(['go']) ?? 'go';
  const scratch = join(CACHE, 'go');
  const result = await execa(go, ['install', NATS_MODULE], {
    reject: false,
    all: true,
    env: {
      GOBIN: join(CACHE, 'bin'),
      GOPATH: scratch,
      GOMODCACHE: join(scratch, 'modules'),
      GOCACHE: join(scratch, 'build'),
      GOFLAGS: '-modcacherw',
    },
  });
  await rm(scratch, { recursive: true, force: true });
  return result.exitCode === 0 ? null : lastLine(result.all);
}

async function installByApt(needs: readonly Need[]): Promise<string | null> {
  const packages = needs.flatMap((need) => DEBIAN_PACKAGES[need]);
  const options = { reject: false, all: true, env: { DEBIAN_FRONTEND: 'noninteractive' } } as const;
  const patient = ['-o', 'DPkg::Lock::Timeout=300', '-qq'];
  await execa('apt-get', [...patient, 'update'], options);
  const result = await execa(
    'apt-get',
    [...patient, 'install', '-y', '--no-install-recommends', ...packages],
    options,
  );
  return result.exitCode === 0 ? null : lastLine(result.all);
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}
