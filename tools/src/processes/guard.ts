import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('guard.sh', import.meta.url));

/** The order in which processes are stopped: those that others depend on last. */
export type Stage = 1 | 2 | 3;

export interface Guard {
  add(stage: Stage, pid: number): void;
  drop(pid: number): void;
  /** Ends the guard, which then stops the processes that are still listed. */
  close(): void;
}

/** Starts a small process that stops the listed ones when this process ends, even by SIGKILL: execa's own clean-up needs a living parent. */
export function startGuard(): Guard {
  const listed = new Map<number, Stage>();
  let closed = false;
  let child = open();

  function open(): ChildProcess {
    // Its own session: a Ctrl-C in the terminal is the supervisor's to handle.
    const started = spawn('/bin/sh', [SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    started.stdin?.on('error', () => undefined);
    started.unref();
    started.on('exit', () => {
      if (closed) return;
      child = open();
      for (const [pid, stage] of listed) send(`add ${stage} ${pid}`);
    });
    return started;
  }

  function send(line: string): void {
    child.stdin?.write(`${line}\n`);
  }

  return {
    add(stage, pid) {
      listed.set(pid, stage);
      send(`add ${stage} ${pid}`);
    },
    drop(pid) {
      if (listed.delete(pid)) send(`drop ${pid}`);
    },
    close() {
      closed = true;
      child.stdin?.end();
    },
  };
}
