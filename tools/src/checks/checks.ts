import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { PROJECT } from '../project.ts';
import { forbiddenImports } from './imported-names.ts';
import { type LockFile, missingBuilds } from './lock-file.ts';
import { handwrittenLocks } from './locking-words.ts';
import { brokenPhases } from './migration-phases.ts';
import { brokenWalls } from './walls.ts';

/** A check of the whole repository. */
export interface Check {
  name: string;
  /** Returns the problems as text, or null if there are none. */
  run(): Promise<string | null>;
}

export interface CheckResult {
  name: string;
  found: string | null;
  seconds: number;
}

export const CHECKS: readonly Check[] = [
  {
    name: 'format and lint (biome)',
    run: () => program('biome', ['check', '--colors=off', '--max-diagnostics=30']),
  },
  { name: 'types (tsc)', run: () => program('tsc', ['--noEmit', '--pretty', 'false', '-p', '.']) },
  { name: 'unused code and dependencies (knip)', run: () => program('knip', ['--no-progress']) },
  { name: 'walls (dependency-cruiser)', run: async () => (await brokenWalls()).join('\n') || null },
  { name: 'imported names', run: async () => (await forbiddenImports()).join('\n') || null },
  { name: 'locking words', run: async () => (await handwrittenLocks()).join('\n') || null },
  { name: 'phases of migrations', run: async () => (await brokenPhases()).join('\n') || null },
  { name: 'package-lock.json', run: lockFile },
];

/** Runs the checks one after another, because each uses every core, and reports each result when it is ready. */
export async function runChecks(report: (result: CheckResult) => void): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of CHECKS) {
    const began = Date.now();
    const found = await check.run().catch((error: unknown) => `the check itself failed: ${String(error)}`);
    const result = { name: check.name, found, seconds: (Date.now() - began) / 1000 };
    results.push(result);
    report(result);
  }
  return results;
}

export function printedResult({ name, found, seconds }: CheckResult): string {
  const line = `${found === null ? '✔' : '✘'} ${name} (${seconds.toFixed(1)} s)`;
  return found === null ? line : `${line}\n${found.replace(/^/gm, '    ')}`;
}

async function program(name: string, args: readonly string[]): Promise<string | null> {
  const result = await execa(join(PROJECT, 'node_modules', '.bin', name), args, {
    cwd: PROJECT,
    reject: false,
    all: true,
  });
  return result.exitCode === 0 ? null : result.all.trim() || `exit code ${result.exitCode}`;
}

async function lockFile(): Promise<string | null> {
  const lock = JSON.parse(await readFile(join(PROJECT, 'package-lock.json'), 'utf8')) as LockFile;
  const missing = missingBuilds(lock).map(({ name, of }) => `${name} (for ${of}) is missing`);
  return missing.length === 0
    ? null
    : `${missing.join('\n')}\nnpm ci would refuse this lock file. To fix it: npm run lock`;
}
