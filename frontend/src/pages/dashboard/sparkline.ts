/** A balance over time as the two paths of a small SVG: the line, and the area under it. */
export interface Sparkline {
  line: string;
  area: string;
}

/**
 * Draws `values`, oldest first, into width × height; null with fewer than two values. Only the shape matters, so numbers may be
 * rounded to pixels.
 */
export function sparkline(values: readonly number[], width = 160, height = 40): Sparkline | null {
  if (values.length < 2) return null;
  const low = Math.min(...values);
  const spread = Math.max(...values) - low || 1;
  const inset = 3;
  const points = values.map((value, index) => {
    const x = (index / (values.length - 1)) * width;
    const y = height - inset - ((value - low) / spread) * (height - 2 * inset);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  const line = `M${points.join('L')}`;
  return { line, area: `${line}L${width} ${height}L0 ${height}Z` };
}
