import { join } from 'node:path';
import type { ProcessPlan } from '../processes/supervised.ts';
import { NODE, PROJECT } from '../project.ts';
import { type BankSettings, environmentOf, SERVICES, type ServiceName } from './settings.ts';

/** How each service is run: its own folder, its own settings, the TypeScript as it stands. */
export function servicePlans(settings: BankSettings): ProcessPlan[] {
  return SERVICES.map((name) => ({
    name,
    program: NODE,
    // Young objects get 3 × 4 MB instead of 3 × 16: a service at rest then stays below 120 MiB.
    args: ['--max-semi-space-size=4', 'src/main.ts'],
    cwd: folderOf(name),
    environment: environmentOf(name, settings),
    stage: 1,
    graceMs: 10_000,
  }));
}

export function folderOf(service: ServiceName): string {
  return service === 'frontend' ? join(PROJECT, 'frontend') : join(PROJECT, 'services', service);
}

/** Catches the bank's mail and shows it; what was caught is kept in `folder`. */
export function mailCatcherPlan(folder: string, ports: { smtp: number; mail_ui: number }): ProcessPlan {
  return {
    name: 'mail',
    program: NODE,
    args: [
      // It holds every mail in memory, parsed; this keeps its idle heap small.
      '--max-semi-space-size=1',
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
