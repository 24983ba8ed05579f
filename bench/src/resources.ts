import { readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** The CPU time that a process has used, in seconds; 0 if the system does not provide it. */
export function cpuSecondsOf(pid: number): number {
  try {
    // Only the name in parentheses may contain spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

/** The resident memory of a process, in MiB; 0 if the system does not provide it. */
export function memoryMibOf(pid: number): number {
  try {
    const [, kib] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Math.round(Number(kib ?? 0) / 1024);
  } catch {
    return 0;
  }
}
