/** `unknown`: the service that knows it doesn't answer, or can't say. */
type Level = 'good' | 'bad' | 'unknown';

/** One thing that the bank needs, and its state. */
export interface Finding {
  level: Level;
  /** What it is about: a process, a stream, a key. Null if the area says enough. */
  about: string | null;
  /** A key under `setup.findings`. */
  text: string;
  values?: Record<string, string | number>;
  /** The time that the sentence names as `date`. */
  at?: string | null;
  /** The operators' text that says what to do, for what is bad. */
  runbook?: string;
}

/** A finding for each process that answers, and an unknown one for each that doesn't. */
export function ofEach<State>(
  processes: Readonly<Record<string, State | null>>,
  find: (state: State, about: string) => Finding | Finding[],
): Finding[] {
  return Object.entries(processes).flatMap(([about, state]) =>
    state === null ? { level: 'unknown' as const, about, text: 'unknown' } : find(state, about),
  );
}

/** The level of an area: that of its worst finding. */
export function levelOf(findings: readonly Finding[]): Level {
  if (findings.some(({ level }) => level === 'bad')) return 'bad';
  return findings.some(({ level }) => level === 'unknown') ? 'unknown' : 'good';
}
