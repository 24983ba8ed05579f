import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SERVICES, type ServiceName } from '@guichet/contract';
import type { ProcessPlan } from '../processes/supervised.ts';
import { NODE, PROJECT } from '../project.ts';
import { type BankSettings, environmentOf, processesOf } from './settings.ts';

/** Makes glibc return freed memory immediately and use one arena, because few threads allocate memory. */
export const SMALL_HEAP = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '65536', MALLOC_TOP_PAD_: '0' };

/**
 * The young generation grows to three times 16 MiB under load only; with less, accounts spent a quarter of its time on garbage collection.
 * `--expose-gc` lets a service release the memory that it needed to start.
 */
export const MEMORY = ['--max-semi-space-size=16', '--expose-gc'];

/** How to run each process of each service: in its own folder, with its own settings, without a build step. */
export function servicePlans(settings: BankSettings): ProcessPlan[] {
  return SERVICES.flatMap((service) =>
    processesOf(service, settings.ports).map((name) => ({
      name,
      program: NODE,
      args: [...MEMORY, 'src/main.ts'],
      cwd: folderOf(service),
      environment: { ...SMALL_HEAP, ...environmentOf(service, settings, name) },
      stage: 1,
      graceMs: 10_000,
    })),
  );
}

export function folderOf(service: ServiceName): string {
  return service === 'frontend' ? join(PROJECT, 'frontend') : join(PROJECT, 'services', service);
}

/** Creates the folder of caught mail. Only its owner can read it, because mail contains links and codes. */
export async function makeMailFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

/** Shows every mail in every language, for those who write them. Only `npm run dev` runs it. */
export function mailPreviewsPlan(settings: BankSettings): ProcessPlan {
  const { PUBLIC_URL = '', BANK_NAME = '', BANK_TIME_ZONE = '' } = environmentOf('mailer', settings);
  const given = Object.entries({ PUBLIC_URL, BANK_NAME, BANK_TIME_ZONE }).filter(([, value]) => value !== '');
  return {
    name: 'previews',
    program: NODE,
    args: ['src/previews/previews-command.ts'],
    cwd: folderOf('mailer'),
    environment: { ...Object.fromEntries(given), PREVIEW_PORT: String(settings.ports.mail_previews) },
    stage: 2,
    graceMs: 2_000,
  };
}

/** The mail catcher: shows the bank's mail on this machine and stores it in `folder`. */
export function mailCatcherPlan(folder: string, ports: { smtp: number; mail_ui: number }): ProcessPlan {
  return {
    name: 'mail',
    program: NODE,
    args: [
      // It keeps every parsed mail in memory; these options keep its heap small.
      '--max-semi-space-size=1',
      '--import',
      pathToFileURL(join(import.meta.dirname, 'mail-catcher-guard.ts')).href,
      join(PROJECT, 'node_modules', 'maildev', 'bin', 'maildev'),
      '--smtp',
      String(ports.smtp),
      '--web',
      String(ports.mail_ui),
      '--ip',
      '127.0.0.1',
      '--mail-directory',
      folder,
      '--silent',
    ],
    environment: {},
    stage: 2,
    graceMs: 2_000,
  };
}
