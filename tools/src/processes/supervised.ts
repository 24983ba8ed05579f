import { execa, type Result, type Subprocess } from 'execa';
import type { Guard, Stage } from './guard.ts';

export interface ProcessPlan {
  name: string;
  program: string;
  args: readonly string[];
  cwd?: string;
  environment: Record<string, string>;
  stage: Stage;
  /** How long it may take to stop before it is killed. */
  graceMs?: number;
}

export interface Listener {
  /** A line that the process wrote. */
  line(name: string, text: string, stream: 'stdout' | 'stderr'): void;
  /** A message of the supervisor about the process. */
  news(name: string, text: string, isBad: boolean): void;
  /** The process has a new pid, or undefined because it is not running. */
  pid?(name: string, pid: number | undefined): void;
}

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 10_000;
/** A process that ran this long counts as healthy: it is restarted at once when it dies. */
const HEALTHY_AFTER_MS = 20_000;

const GRACE_MS = 8_000;

/** How many lines are kept, each shortened to this length, to explain a failure. */
const KEPT_LINES = 40;
const KEPT_LENGTH = 400;

type Child = Pick<Subprocess, 'pid' | 'kill'>;
type Ending = Pick<Result, 'originalMessage' | 'isForcefullyTerminated' | 'signal' | 'exitCode'>;

/** One process of the bank: started, restarted when it dies, stopped on request. */
export class SupervisedProcess {
  readonly plan: ProcessPlan;
  readonly #listener: Listener;
  readonly #guard: Guard;
  #environment: Record<string, string>;
  #child: Child | null = null;
  #exited: Promise<void> = Promise.resolve();
  #wanted = false;
  #failures = 0;
  #restartTimer: NodeJS.Timeout | undefined;
  readonly #lastLines: string[] = [];

  constructor(plan: ProcessPlan, listener: Listener, guard: Guard) {
    this.plan = plan;
    this.#environment = plan.environment;
    this.#listener = {
      ...listener,
      line: (name, text, stream) => {
        this.#keep(text);
        listener.line(name, text, stream);
      },
      news: (name, text, isBad) => {
        this.#keep(`(${text})`);
        listener.news(name, text, isBad);
      },
    };
    this.#guard = guard;
  }

  /** How often it died since it last ran healthily. */
  get failures(): number {
    return this.#failures;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Its last output, whatever of it is logged, and how it ended. It may contain secrets. */
  get lastLines(): readonly string[] {
    return this.#lastLines;
  }

  #keep(line: string): void {
    this.#lastLines.push(line.slice(0, KEPT_LENGTH));
    if (this.#lastLines.length > KEPT_LINES) this.#lastLines.shift();
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#failures = 0;
    this.#spawn();
  }

  /** Stops the process and waits for it: SIGTERM, then SIGKILL after its grace period. */
  async stop(): Promise<void> {
    this.#wanted = false;
    clearTimeout(this.#restartTimer);
    this.#child?.kill('SIGTERM');
    await this.#exited;
  }

  /** Whether it runs or is about to be restarted. */
  get isWanted(): boolean {
    return this.#wanted;
  }

  /** Changes its settings; they apply from its next start. */
  configure(changes: Record<string, string>): void {
    this.#environment = { ...this.#environment, ...changes };
  }

  /** Stops the process if it is running, and starts it. */
  async restart(): Promise<void> {
    await this.stop();
    this.start();
  }

  /** Sends a signal; if the process dies of it, it is restarted. */
  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  #spawn(): void {
    const { name, program, args, cwd, stage } = this.plan;
    const began = Date.now();
    const child = execa(program, args, {
      // Its own process group: Ctrl-C reaches only the supervisor, which stops the others in order.
      detached: true,
      stdin: 'ignore',
      stdout: this.#lines('stdout'),
      stderr: this.#lines('stderr'),
      buffer: false,
      reject: false,
      extendEnv: false,
      env: { ...inherited(), ...this.#environment },
      forceKillAfterDelay: this.plan.graceMs ?? GRACE_MS,
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.#child = child;
    if (child.pid !== undefined) {
      this.#guard.add(stage, child.pid);
      this.#listener.pid?.(name, child.pid);
    }
    this.#exited = child.then((result) => this.#ended(child, result, began));
  }

  /** Passes on each line as it comes, and keeps none. */
  #lines(stream: 'stdout' | 'stderr'): (line: unknown) => Generator<never> {
    const { name } = this.plan;
    const listener = this.#listener;
    // biome-ignore lint/correctness/useYield: nothing is to be kept
    return function* (line: unknown): Generator<never> {
      listener.line(name, String(line), stream);
    };
  }

  #ended(child: Child, result: Ending, began: number): void {
    const { name } = this.plan;
    if (child.pid === undefined) this.#listener.news(name, `does not start: ${result.originalMessage}`, true);
    else {
      this.#guard.drop(child.pid);
      if (result.isForcefullyTerminated) this.#listener.news(name, 'does not stop; killed', true);
      else if (this.#wanted) {
        this.#listener.news(name, `ended (${result.signal ?? `exit code ${result.exitCode}`})`, true);
      }
    }
    if (this.#child === child) this.#child = null;
    this.#listener.pid?.(name, undefined);
    if (!this.#wanted) return;
    this.#failures = Date.now() - began >= HEALTHY_AFTER_MS ? 1 : this.#failures + 1;
    this.#restartTimer = setTimeout(() => this.#wanted && this.#spawn(), restartDelayMs(this.#failures));
  }
}

/** How long to wait before the nth restart in a row: short at first, then longer and longer. */
export function restartDelayMs(failures: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS);
}

/** What a process inherits from our environment; its settings are passed to it by name, and none leak in from the shell. */
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
