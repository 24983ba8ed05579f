import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT } from '@guichet/tools';
import { execa } from 'execa';
import type { Kube } from './kube.ts';

const PAGE = join(PROJECT, 'docs', 'operations', 'rotate-every-secret.md');
/** Has the functions for passwords in a database cluster. */
const CLUSTER_PAGE = join(PROJECT, 'docs', 'operations', 'database-cluster.md');

/** Its commands stop at the first failure, and a password that is still accepted is one. */
const STRICT = `set -e
eval "answer_to_$(declare -f refused)"
refused() { (answer_to_refused "$@" || true) 2>&1 | grep 'Access denied'; }
`;

/**
 * Runs the commands of a section of docs/operations/rotate-every-secret.md, as an operator types them, and then those of `more`.
 * @throws Error with their output, if one fails
 */
export async function runSection(kube: Kube, section: string, more = ''): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const [functions = ''] = blocksOf(page.slice(page.indexOf('## Before you start')));
  const commands = blocksOf(sectionOf(page, section))
    .filter((block) => !block.includes('npm run '))
    .join('');
  // `set -e` ignores the failure of a command before &&.
  const oneByOne = commands.replaceAll(/ && ?$/gm, '').replaceAll(' && ', '\n');
  const isCluster = (await kube.workloads()).has('galera');
  const [forCluster = ''] = isCluster
    ? blocksOf(sectionOf(await readFile(CLUSTER_PAGE, 'utf8'), 'Passwords'))
    : [];
  await runInBash(kube, [functions, forCluster, STRICT, oneByOne, more].join('\n'));
}

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
