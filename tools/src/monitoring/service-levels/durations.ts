const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** A duration of Prometheus in its largest whole unit: `90m`, `1d`. */
export function duration(seconds: number): string {
  const ms = Math.max(1, Math.round(seconds * 1000));
  for (const [unit, size] of UNITS) if (ms % size === 0) return `${ms / size}${unit}`;
  return `${ms}ms`;
}

/** @throws Error if it is no duration of one unit */
export function secondsOf(text: string): number {
  const [, number, unit] = /^(\d+)(ms|[smhd])$/.exec(text) ?? [];
  const size = UNITS.find(([name]) => name === unit)?.[1];
  if (size === undefined) throw new Error(`not a duration: ${text}`);
  return (Number(number) * size) / 1000;
}
