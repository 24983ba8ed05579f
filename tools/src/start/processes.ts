import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SERVICES, type ServiceName } from '@guichet/contract';
import type { ProcessPlan } from '../processes/supervised.ts';
import { NODE, PROJECT } from '../project.ts';
import { type BankSettings, environmentOf } from './settings.ts';

/** glibc gives freed memory back at once, from one arena, instead of keeping it for threads that hardly allocate. */
const SMALL_HEAP = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '65536', MALLOC_TOP_PAD_: '0' };

/**
 * Room for young objects, three times 16 MiB, is taken under load alone: in less, accounts spent a quarter of its time collecting them.
 * After its start a service gives back what it took for that.
 */
const MEMORY = ['--max-semi-space-size=16', '--expose-gc'];

/** How each service is run: its own folder, its own settings, the TypeScript as it stands. */
export function servicePlans(settings: BankSettings): ProcessPlan[] {
  return SERVICES.map((name) => ({
    name,
    program: NODE,
    args: [...MEMORY, 'src/main.ts'],
    cwd: folderOf(name),
    environment: { ...SMALL_HEAP, ...environmentOf(name, settings) },
    stage: 1,
    graceMs: 10_000,
  }));
}

export function folderOf(service: ServiceName): string {
  return service === 'frontend' ? join(PROJECT, 'frontend') : join(PROJECT, 'services', service);
}

/** The folder of the caught mail: only its owner may read it, because it contains links and codes. */
export async function makeMailFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

/** Catches the bank's mail and shows it on this machine; what was caught is kept in `folder`. */
export function mailCatcherPlan(folder: string, ports: { smtp: number; mail_ui: number }): ProcessPlan {
  return {
    name: 'mail',
    program: NODE,
    args: [
      // It holds every mail in memory, parsed; this keeps its idle heap small.
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
