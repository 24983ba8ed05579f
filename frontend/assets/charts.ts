import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  Legend,
  LinearScale,
  Tooltip,
} from 'chart.js';
import { brushCharts } from './brush.ts';
import { PARTS_REFRESHED } from './live/refresh-parts.ts';

// Draws the stacked charts of the log from their tables, which remain for the keyboard and for users who don't see charts. The others are drawn on the server.

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Legend, Tooltip);

/** The tokens of the series, in order; a test measures their contrast. */
const SERIES = ['chart-1', 'chart-2', 'chart-3', 'chart-4', 'chart-5', 'chart-6'];

/** A token's colour in the theme of the page; the token itself holds the values of both themes. */
function colour(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

interface Cell {
  value: number;
  href: string;
}

/** The numbers of each series by bar. */
function readTable(table: HTMLTableElement): Map<string, Map<number, Cell>> {
  const series = new Map<string, Map<number, Cell>>();
  for (const row of table.querySelectorAll<HTMLTableRowElement>('tbody tr[data-series]')) {
    const name = row.dataset.series ?? '';
    const cells = series.get(name) ?? new Map<number, Cell>();
    const value = Number(row.querySelector<HTMLElement>('[data-value]')?.dataset.value);
    series.set(name, cells.set(Number(row.dataset.at), { value, href: row.dataset.href ?? '' }));
  }
  return series;
}

function draw(canvas: HTMLCanvasElement): Chart | null {
  const table = document.getElementById(canvas.dataset.table ?? '') as HTMLTableElement | null;
  if (table === null) return null;
  const labels = [...document.querySelectorAll<SVGElement>('[data-bar]')].map((bar) => bar.dataset.label);
  const series = [...readTable(table)].slice(0, Number(canvas.dataset.drawn ?? SERIES.length));
  const surface = colour('surface');
  const config: ChartConfiguration<'bar'> = {
    type: 'bar',
    data: {
      labels,
      datasets: series.map(([label, cells], index) => ({
        label,
        data: labels.map((_, at) => cells.get(at)?.value ?? 0),
        backgroundColor: colour(SERIES[index % SERIES.length] ?? 'chart-1'),
        // Parts of a bar are told apart by more than their colours.
        borderColor: surface,
        borderWidth: { top: 1.5 },
        maxBarThickness: 28,
      })),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      plugins: {
        legend: {
          position: 'bottom',
          labels: {
            color: colour('muted'),
            boxWidth: 10,
            boxHeight: 10,
            useBorderRadius: true,
            borderRadius: 3,
          },
        },
      },
      scales: {
        x: {
          stacked: true,
          ticks: { color: colour('muted'), maxRotation: 0, autoSkipPadding: 16 },
          grid: { display: false },
          border: { display: false },
        },
        y: {
          stacked: true,
          ticks: { color: colour('muted'), precision: 0 },
          grid: { color: colour('line') },
          border: { display: false },
        },
      },
      onClick: (_event, hits) => {
        const href = series[hits[0]?.datasetIndex ?? -1]?.[1].get(hits[0]?.index ?? -1)?.href;
        if (href) window.location.assign(href);
      },
      onHover: (_event, hits) => {
        canvas.style.cursor = hits.length > 0 ? 'pointer' : 'default';
      },
    },
  };
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  return new Chart(canvas, config);
}

let charts: (Chart | null)[] = [];
function drawAll(): void {
  for (const chart of charts) chart?.destroy();
  charts = [...document.querySelectorAll<HTMLCanvasElement>('canvas[data-table]')].map(draw);
}
void document.fonts.ready.then(drawAll);
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
document.addEventListener(PARTS_REFRESHED, drawAll);
brushCharts();
