const WANTED_STEPS = 4;

/** Round values (1, 2 or 5 times a power of ten apart) from at most `low` to at least `high`, for the scale of a chart. */
export function chooseTicks(low: number, high: number): number[] {
  const rough = Math.max(1, (high - low) / WANTED_STEPS);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}
