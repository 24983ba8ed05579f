import type { CollectedSpan } from '@guichet/testing';

/** A trace as a tree of text: each span under its parent, with its process, when it began after the first one, and how long it took. */
export function drawTrace(spans: readonly CollectedSpan[]): string {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const children = Map.groupBy(spans, ({ parentSpanId }) => (ids.has(parentSpanId) ? parentSpanId : ''));
  const startsAt = Math.min(...spans.map(({ startMs }) => startMs));
  const rows: { place: string; service: string; begins: string; takes: string }[] = [];

  function draw(span: CollectedSpan, indent: string, branch: string): void {
    rows.push({
      place: `${indent}${branch}${span.name}${span.failed ? ' ✘' : ''}`,
      service: span.service,
      begins: `+${(span.startMs - startsAt).toFixed(0)} ms`,
      takes: `${(span.endMs - span.startMs).toFixed(1)} ms`,
    });
    const below = (children.get(span.spanId) ?? []).toSorted((one, other) => one.startMs - other.startMs);
    const inner = indent + (branch === '' ? '' : branch === '└─ ' ? '   ' : '│  ');
    for (const [index, child] of below.entries())
      draw(child, inner, index === below.length - 1 ? '└─ ' : '├─ ');
  }

  for (const root of children.get('') ?? []) draw(root, '', '');
  const width = (of: 'place' | 'service' | 'begins' | 'takes') =>
    Math.max(...rows.map((row) => row[of].length));
  return rows
    .map(
      ({ place, service, begins, takes }) =>
        `${place.padEnd(width('place'))}  ${service.padEnd(width('service'))}  ${begins.padStart(width('begins'))}  ${takes.padStart(width('takes'))}`,
    )
    .join('\n');
}
