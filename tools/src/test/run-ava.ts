import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { NODE, PROJECT } from '../project.ts';
import { AvaOutput } from './ava-output.ts';

export interface AvaRun {
  files: readonly string[];
  /** How many test files run at once. */
  concurrency: number;
  /**
   * Whether each file has a process of its own in place of a thread. Node can spin for ever while it ends a thread that had child processes and
   * connections; a process just ends.
   */
  inProcesses?: boolean;
  environment: Record<string, string>;
  signal: AbortSignal;
  /** Called for each test that passed. */
  onPassed: (title: string) => void;
  /** Prints a line about a failure. */
  say: (text: string) => void;
}

export interface Tally {
  passed: number;
  failed: number;
  /** Lines that describe the failures in full. */
  details: string[];
}

/** Runs test files with AVA. A run that fails without a failed test counts as one failure. */
export async function runAva(run: AvaRun): Promise<Tally> {
  const ava = join(PROJECT, 'node_modules', 'ava', 'entrypoints', 'cli.js');
  const options = [`--concurrency=${run.concurrency}`, ...(run.inProcesses ? ['--no-worker-threads'] : [])];
  const child = spawn(NODE, [ava, ...options, ...run.files], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...run.environment, FORCE_COLOR: '0' },
  });
  // On SIGINT, AVA lists the tests that are still pending.
  run.signal.addEventListener('abort', () => child.kill('SIGINT'));
  const tally: Tally = { passed: 0, failed: 0, details: [] };
  // The summary counts more kinds of failures, but an interrupted run has no summary.
  let failedOnes = 0;
  const output = new AvaOutput();
  // At its end, AVA describes the failures.
  let atEnd = false;
  let lastWasBlank = true;
  const print = (text: string): void => {
    if (atEnd) tally.details.push(text);
    else run.say(text);
  };
  const read = (text: string): void => {
    const line = output.line(text);
    if (line.kind === 'passed') {
      tally.passed += 1;
      run.onPassed(line.title);
    }
    if (line.kind === 'failed') failedOnes += 1;
    if (line.kind === 'failures') tally.failed += line.count;
    if (line.kind === 'end') atEnd = true;
    if (line.kind === 'passed' || line.kind === 'aside' || /^\s*─?$|^\s*\d+ tests? passed/.test(text)) {
      if (!lastWasBlank && text.trim() === '') print('');
      lastWasBlank = true;
      return;
    }
    lastWasBlank = false;
    print(text);
  };
  const streams = [child.stdout, child.stderr].map((input) => createInterface({ input }).on('line', read));
  const code = await new Promise<number>((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', (exitCode, signal) => {
      if (signal !== null) run.say(`✘ AVA was ended by ${signal}, so not every test ran`);
      resolve(exitCode ?? 1);
    });
  });
  for (const stream of streams) stream.close();
  tally.failed = Math.max(tally.failed, failedOnes, code === 0 ? 0 : 1);
  return tally;
}
