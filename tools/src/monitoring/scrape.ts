import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES, type ServiceName } from '@guichet/contract';
import { request } from 'undici';

/** A metric, as exposed by the processes. */
export interface Family {
  name: string;
  type: string;
  help: string;
  /** The services that expose samples. */
  services: Set<string>;
  /** The values of each label in the scrape. */
  labels: Map<string, Set<string>>;
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? \S+/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

/** Parses the text of a scrape into `families`. */
function readScrape(text: string, families: Map<string, Family> = new Map()): Map<string, Family> {
  let current: Family | undefined;
  for (const line of text.split('\n')) {
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (word !== undefined) {
      current = families.get(name) ?? {
        name,
        type: '',
        help: '',
        services: new Set<string>(),
        labels: new Map(),
      };
      families.set(name, current);
      if (word === 'HELP') current.help = rest;
      else current.type = rest;
      continue;
    }
    const sample = SAMPLE.exec(line);
    if (sample === null || current === undefined) continue;
    for (const [, label = '', value = ''] of (sample[2] ?? '').matchAll(LABEL)) {
      if (label === 'service') current.services.add(value);
      else current.labels.set(label, (current.labels.get(label) ?? new Set()).add(value));
    }
  }
  return families;
}

/** The names of a family's series; histograms and summaries have several. */
export function seriesOf({ name, type }: Pick<Family, 'name' | 'type'>): string[] {
  if (type === 'histogram') return [`${name}_bucket`, `${name}_sum`, `${name}_count`];
  if (type === 'summary') return [name, `${name}_sum`, `${name}_count`];
  return [name];
}

/**
 * Scrapes every process of a bank until each of our own metrics has samples: metrics that are measured periodically appear shortly after the
 * start.
 * @throws Error that names the metrics without samples
 */
export async function scrapeBank(
  bank: { adminUrl(service: ServiceName): string },
  withinMs = 30_000,
): Promise<Map<string, Family>> {
  const until = Date.now() + withinMs;
  for (;;) {
    const families = new Map<string, Family>();
    for (const service of SERVICES) {
      const { body } = await request(`${bank.adminUrl(service)}/metrics`);
      readScrape(await body.text(), families);
    }
    const silent = [...families.values()].filter(
      ({ name, services }) => name.startsWith('guichet_') && services.size === 0,
    );
    if (silent.length === 0) return families;
    if (Date.now() > until)
      throw new Error(`metrics without samples: ${silent.map(({ name }) => name).join(', ')}`);
    await sleep(500);
  }
}
