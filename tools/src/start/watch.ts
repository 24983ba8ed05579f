import { watch } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { SERVICES, type ServiceName } from '@guichet/contract';
import { PROJECT } from '../project.ts';
import { buildAssets } from './assets.ts';
import type { Bank } from './bank.ts';

const WATCHED = ['packages', 'services', 'frontend'];
/** Editors write a file in several steps. */
const SETTLE_MS = 250;

/** The services to restart after a change of `path`, which is relative to the project's folder. */
export function affectedServices(path: string): ServiceName[] {
  const [top, second = '', ...others] = path.split(sep);
  const below = others.join('/');
  if (/(^|\/)(node_modules|\.git)(\/|$)/.test(path) || path.endsWith('.test.ts') || /~$|\.sw.$/.test(path))
    return [];
  if (top === 'packages') return path.endsWith('.ts') ? [...SERVICES] : [];
  if (top === 'services') return SERVICES.filter((name) => name === second && below !== '');
  if (top === 'frontend') return second.startsWith('public') ? [] : ['frontend'];
  return [];
}

/** Restarts a service whenever its files or the packages change. */
export function restartOnChange(bank: Bank, say: (text: string) => void): void {
  const affected = new Set<ServiceName>();
  let settling: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();

  async function restart(): Promise<void> {
    const names = [...affected];
    affected.clear();
    if (names.length === 0) return;
    say(`Files changed. Restarting ${names.join(', ')} …`);
    try {
      if (names.includes('frontend')) await buildAssets(say);
      const processes = names.includes('mailer') ? [...names, 'previews'] : names;
      await Promise.all(processes.map((name) => bank.process(name).restart()));
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  }

  for (const folder of WATCHED) {
    watch(join(PROJECT, folder), { recursive: true }, (_event, file) => {
      if (file === null) return;
      const names = affectedServices(relative(PROJECT, join(PROJECT, folder, file)));
      if (names.length === 0) return;
      for (const name of names) affected.add(name);
      clearTimeout(settling);
      settling = setTimeout(() => {
        working = working.then(restart);
      }, SETTLE_MS);
    });
  }
}
