import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { choosePorts } from '@guichet/ports';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { ensurePrograms } from '../programs/ensure.ts';
import { retryUntilSuccess } from '../servers/retry-until-success.ts';
import type { RuleGroup } from './service-levels/rules.ts';

/** An alert as Prometheus reports it. */
interface FiringAlert {
  state: 'pending' | 'firing';
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
}

export interface RunningPrometheus {
  url: string;
  /** The alerts that are pending or firing now. */
  alerts(): Promise<FiringAlert[]>;
  stop(): Promise<void>;
}

/** Starts a Prometheus of this machine with the rules, which scrapes the targets every second. @throws Error if it doesn't start */
export async function startPrometheus(options: {
  folder: string;
  /** host:port of each process's admin port. */
  targets: readonly string[];
  groups: readonly RuleGroup[];
  intervalSeconds: number;
  say?: (text: string) => void;
}): Promise<RunningPrometheus> {
  const { folder, targets, groups, intervalSeconds, say = () => undefined } = options;
  const { prometheus: program } = await ensurePrograms(['prometheus'], say);
  const { port } = await choosePorts(['port']);
  await mkdir(folder, { recursive: true });
  const interval = `${intervalSeconds * 1000}ms`;
  const configuration = {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: [join(folder, 'rules.yml')],
    scrape_configs: [{ job_name: 'guichet', static_configs: [{ targets }] }],
  };
  await writeFile(join(folder, 'rules.yml'), stringify({ groups }, { lineWidth: 0 }));
  await writeFile(join(folder, 'prometheus.yml'), stringify(configuration, { lineWidth: 0 }));
  const child = execa(
    program,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { reject: false, all: true, cleanup: true },
  );
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await child;
  };
  try {
    await retryUntilSuccess('Prometheus', 30_000, async () => {
      const reply = await fetch(`${url}/-/ready`);
      if (!reply.ok) throw new Error(`/-/ready answers ${reply.status}`);
    });
  } catch (error) {
    await stop();
    throw new Error(`Prometheus did not start:\n${(await child).all}`, { cause: error });
  }
  return {
    url,
    async alerts() {
      const reply = await fetch(`${url}/api/v1/alerts`);
      return ((await reply.json()) as { data: { alerts: FiringAlert[] } }).data.alerts;
    },
    stop,
  };
}
