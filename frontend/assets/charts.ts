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

// Draws charts from the tables of counts. The tables remain the source, and are accessible to screen readers.

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Legend, Tooltip);

/** A token's colour in the theme of the page; the token itself holds the values of both themes. */
function colour(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

interface Row {
  label: string;
  href: string;
  values: number[];
}

function readTable(table: HTMLTableElement): { names: string[]; rows: Row[] } {
  const names = [...table.querySelectorAll<HTMLElement>('thead th[data-series]')].map((cell) =>
    (cell.textContent ?? '').trim(),
  );
  const rows = [...table.querySelectorAll<HTMLTableRowElement>('tbody tr')].map((row) => ({
    label: row.dataset.label ?? '',
    href: row.dataset.href ?? '',
    values: [...row.querySelectorAll<HTMLElement>('td[data-value]')].map((cell) =>
      Number(cell.dataset.value),
    ),
  }));
  return { names, rows };
}

function draw(canvas: HTMLCanvasElement): Chart | null {
  const table = document.getElementById(canvas.dataset.table ?? '') as HTMLTableElement | null;
  if (table === null) return null;
  const { names, rows: all } = readTable(table);
  const rows = all.slice(0, Number(canvas.dataset.drawn ?? all.length));
  const lying = canvas.dataset.lying === 'yes';
  const colours = names.length > 1 ? ['accent', 'chart-warn', 'chart-danger'] : ['accent'];
  const config: ChartConfiguration<'bar'> = {
    type: 'bar',
    data: {
      labels: rows.map((row) => row.label),
      datasets: names.map((label, index) => ({
        label,
        data: rows.map((row) => row.values[index] ?? 0),
        backgroundColor: colour(colours[index] ?? 'accent'),
        borderRadius: 3,
        maxBarThickness: 28,
        minBarLength: 0,
      })),
    },
    options: {
      indexAxis: lying ? 'y' : 'x',
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: lying ? 'y' : 'index', intersect: false, axis: lying ? 'y' : 'x' },
      plugins: {
        legend: {
          display: names.length > 1,
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
          ticks: { color: colour('muted'), maxRotation: 0, autoSkipPadding: 16, precision: 0 },
          grid: { color: colour('line'), display: lying },
          border: { display: false },
        },
        y: {
          stacked: true,
          ticks: { color: colour('muted'), precision: 0, autoSkip: !lying },
          grid: { color: colour('line'), display: !lying },
          border: { display: false },
        },
      },
      onClick: (_event, hits) => {
        const href = rows[hits[0]?.index ?? -1]?.href;
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
