import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cruise, type ICruiseResult, type IViolation } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import { PROJECT } from '../project.ts';

const FOLDERS = ['packages', 'services', 'frontend', 'tools', 'e2e'];

/** The imports that break a rule of `.dependency-cruiser.mjs`, one line each. */
export async function brokenWalls(root = PROJECT, folders: readonly string[] = FOLDERS): Promise<string[]> {
  const options = await extractOptions(pathToFileURL(join(PROJECT, '.dependency-cruiser.mjs')).href);
  const { output } = await cruise([...folders], { ...options, baseDir: root, validate: true });
  const { summary, modules } = output as ICruiseResult;
  if (modules.length === 0) return ['no files were read: is the parser (@swc/core) installed?'];
  const comments = new Map(options.ruleSet?.forbidden?.map((rule) => [rule.name, rule.comment]));
  return summary.violations.map((violation) => describe(violation, comments.get(violation.rule.name)));
}

function describe({ from, to, rule, cycle }: IViolation, comment = ''): string {
  const path = cycle === undefined ? to : cycle.map(({ name }) => name).join(' → ');
  return `${rule.name}: ${from} → ${path}\n    ${comment}`;
}
