import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Guard, Stage } from './guard.ts';

export interface ProcessPlan {
  name: string;
  program: string;
  args: readonly string[];
  cwd?: string;
  environment: Record<string, string>;
  stage: Stage;
  /** How long it may take to end before it is killed. */
  graceMs?: number;
}

export interface Listener {
  /** A line that the process wrote. */
  line(name: string, text: string, stream: 'stdout' | 'stderr'): void;
  /** A word of the supervisor about the process. */
  news(name: string, text: string, isBad: boolean): void;
  /** The process has another pid now; undefined while it does not run. */
  pid?(name: string, pid: number | undefined): void;
}

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 10_000;
/** One that ran this long was well: its next fall is answered at once again. */
const WELL_AFTER_MS = 20_000;

/** One process of the bank: started, started again when it dies, and ended when asked. */
export class SupervisedProcess {
  readonly plan: ProcessPlan;
  readonly #listener: Listener;
  readonly #guard: Guard;
  #environment: Record<string, string>;
  #child: ChildProcess | null = null;
  #exited: Promise<void> = Promise.resolve();
  #wanted = false;
  #fallsInARow = 0;
  #restartTimer: NodeJS.Timeout | undefined;

  constructor(plan: ProcessPlan, listener: Listener, guard: Guard) {
    this.plan = plan;
    this.#environment = plan.environment;
    this.#listener = listener;
    this.#guard = guard;
  }

  /** Falls since it last ran well. */
  get fallsInARow(): number {
    return this.#fallsInARow;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#fallsInARow = 0;
    this.#spawn();
  }

  /** Ends the process and waits for it: SIGTERM first, SIGKILL when its grace is over. */
  async stop(): Promise<void> {
    this.#wanted = false;
    clearTimeout(this.#restartTimer);
    const child = this.#child;
    if (child === null) return;
    child.kill('SIGTERM');
    const over = new AbortController();
    const late = sleep(this.plan.graceMs ?? 8_000, 'late', { signal: over.signal }).catch(() => 'ended');
    if ((await Promise.race([this.#exited, late])) === 'late') {
      this.#listener.news(this.plan.name, 'does not end; killed', true);
      child.kill('SIGKILL');
      await this.#exited;
    }
    over.abort();
  }

  /** Whether it runs, or will as soon as it has been started again. */
  get isWanted(): boolean {
    return this.#wanted;
  }

  /** Changes settings from its next start on. */
  configure(changes: Record<string, string>): void {
    this.#environment = { ...this.#environment, ...changes };
  }

  /** Stops the process if it is running, and starts it. */
  async restart(): Promise<void> {
    await this.stop();
    this.start();
  }

  /** Sends a signal and leaves the rest to the process, and to the supervisor's care for the fallen. */
  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  #spawn(): void {
    const { name, program, args, cwd, stage } = this.plan;
    const began = Date.now();
    const child = spawn(program, [...args], {
      // A group of its own: Ctrl-C reaches the supervisor alone, which ends the others in order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...inherited(), ...this.#environment },
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.#child = child;
    if (child.pid !== undefined) {
      this.#guard.add(stage, child.pid);
      this.#listener.pid?.(name, child.pid);
    }
    this.#listen(child);
    this.#exited = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#listener.news(name, `does not start: ${error.message}`, true);
        if (child.pid === undefined) this.#fell(child, began, resolve);
      });
      child.once('exit', (code, signal) => {
        if (this.#wanted) this.#listener.news(name, `ended (${signal ?? `exit code ${code}`})`, true);
        this.#fell(child, began, resolve);
      });
    });
  }

  #listen(child: ChildProcess): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const readable = child[stream];
      if (readable === null) continue;
      createInterface({ input: readable }).on('line', (text) =>
        this.#listener.line(this.plan.name, text, stream),
      );
    }
  }

  #fell(child: ChildProcess, began: number, resolve: () => void): void {
    if (child.pid !== undefined) this.#guard.drop(child.pid);
    if (this.#child === child) this.#child = null;
    this.#listener.pid?.(this.plan.name, undefined);
    resolve();
    if (!this.#wanted) return;
    this.#fallsInARow = Date.now() - began >= WELL_AFTER_MS ? 1 : this.#fallsInARow + 1;
    this.#restartTimer = setTimeout(() => this.#wanted && this.#spawn(), restartDelayMs(this.#fallsInARow));
  }
}

/** How long to wait before the nth start in a row: at once the first time, then longer and longer. */
export function restartDelayMs(fallsInARow: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** (fallsInARow - 1), LONGEST_DELAY_MS);
}

/** What a process may know of our surroundings; its settings are given to it by name, none leak in from the shell. */
function inherited(): Record<string, string> {
  const names = [
    'PATH',
    'HOME',
    'LANG',
    'LC_ALL',
    'TMPDIR',
    'TZ',
    'NODE_COMPILE_CACHE',
    'NODE_EXTRA_CA_CERTS',
  ];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
