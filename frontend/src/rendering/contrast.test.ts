import { readFileSync } from 'node:fs';
import test from 'ava';

// WCAG 2.2 AA, measured on the colours of the stylesheet: 4.5 to 1 for text, 3 to 1 for the edge of a field (1.4.3, 1.4.11).
const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const tokens = new Map(
  [...read('assets/styles/tokens.css').matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
);

const TEXT: [text: string, ground: string][] = [
  ...['paper', 'surface', 'inset'].flatMap((ground): [string, string][] => [
    ['ink', ground],
    ['muted', ground],
  ]),
  ['accent', 'paper'],
  ['accent', 'surface'],
  ['danger', 'surface'],
  ['on-accent', 'accent'],
  ['on-danger', 'danger'],
  ['accent', 'accent-soft'],
  ['warn', 'warn-soft'],
  ['danger', 'danger-soft'],
  ['info', 'info-soft'],
];

for (const scheme of ['light', 'dark'] as const) {
  test(`every text can be read, in ${scheme}`, (t) => {
    const colour = (name: string): string => tokens.get(name)?.[scheme] ?? '';
    for (const [text, ground] of TEXT) {
      const ratio = contrast(colour(text), colour(ground));
      t.true(ratio >= 4.5, `${text} on ${ground}: ${ratio.toFixed(2)}`);
    }
    t.true(contrast(colour('line-strong'), colour('surface')) >= 3, 'the edge of a field');
  });
}

/** Every series of a chart, by its token. */
const SERIES = [...tokens.keys()].filter((name) => name.startsWith('chart-'));

for (const scheme of ['light', 'dark'] as const) {
  test(`every series of a chart can be seen, in ${scheme}`, (t) => {
    t.true(SERIES.length >= 8);
    for (const series of ['accent', ...SERIES]) {
      const ratio = contrast(tokens.get(series)?.[scheme] ?? '', tokens.get('surface')?.[scheme] ?? '');
      t.true(ratio >= 3, `${series}: ${ratio.toFixed(2)}`);
    }
  });
}

test('the browser’s own bar has the colour of the page in both schemes', (t) => {
  const { light, dark } = tokens.get('paper') ?? {};
  const bars = [...read('views/layouts/base.njk').matchAll(/name="theme-color".*? content="(#\w{6})"/g)];
  t.deepEqual(
    bars.map(([, colour]) => colour),
    [light, dark],
  );
});

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
