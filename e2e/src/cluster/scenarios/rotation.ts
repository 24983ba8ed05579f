import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT } from '@guichet/tools';
import { execa } from 'execa';
import type { Kube } from '../kube.ts';
import { expectNoFailure, underLoad } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import { failureLines, summaryOf } from '../tally.ts';

const PAGE = join(PROJECT, 'docs', 'operations', 'rotate-every-secret.md');

/** Sections of the page whose commands interrupt nothing. The authority takes half an hour, and the superuser's asks for a password. */
const WITHOUT_INTERRUPTION = [
  'session',
  'key-encryption',
  'event-keys',
  'service-database',
  'user-nats',
  'nats-routes',
  'component-tls',
];

/** Its commands stop at the first failure, and a password that is still accepted is one. */
const STRICT = `set -e
eval "answer_to_$(declare -f refused)"
refused() { (answer_to_refused "$@" || true) 2>&1 | grep 'Access denied'; }
`;

export const rotation: Scenario = {
  name: 'rotation',
  expectation:
    'the commands of the page rotate-every-secret run under load: only the restart of the database fails requests',
  async run({ kube, users, jobsImage, say }) {
    const page = await readFile(PAGE, 'utf8');
    const [functions = ''] = blocksOf(page.slice(page.indexOf('## Before you start')));
    const load = await users();
    const rotate = async (section: string) => {
      const tally = await underLoad(kube, load, jobsImage, async () => {
        const commands = blocksOf(sectionOf(page, section)).join('').replaceAll(' && ', '\n');
        await runInBash(kube, `${functions}\n${STRICT}\n${commands}`);
      });
      say(`${section}: ${summaryOf(tally)}`);
      return tally;
    };
    for (const section of WITHOUT_INTERRUPTION) expectNoFailure(await rotate(section));
    if (!(await kube.workloads()).has('mysql')) return say('the database is not part of this release');
    const tally = await rotate('mysql');
    for (const line of failureLines(tally)) say(`  ${line}`);
    const others = Object.keys(tally.failed).filter((what) => !what.startsWith('503 '));
    if (others.length > 0) throw new Error(`failures other than 503: ${others.join('; ')}`);
  },
};

/** The text below the heading that names a secret first. */
function sectionOf(page: string, secret: string): string {
  const sections = page.split(/^## /m);
  const found = sections.find((section) => anchorOf(section).startsWith(secret));
  if (found === undefined) throw new Error(`the page has no section ${secret}`);
  return found;
}

function anchorOf(section: string): string {
  return (section.split('\n')[0] ?? '').replace(/[`<>]/g, '');
}

function blocksOf(text: string): string[] {
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
}

/** @throws Error with the output of the commands */
async function runInBash(kube: Kube, script: string): Promise<void> {
  const auth = (await kube.workloads()).get('auth') ?? '';
  const bank = auth.slice(auth.indexOf('/') + 1).replace(/-auth$/, '');
  const { exitCode, all } = await execa('bash', ['-c', script], {
    env: { NS: kube.namespace, RELEASE: kube.release, BANK: bank },
    reject: false,
    all: true,
  });
  if (exitCode !== 0) throw new Error(all);
}
