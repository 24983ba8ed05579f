// Selects a part of a chart over time, and zooms into it: the selection becomes the period of the address. With a mouse or a finger the selection is drawn over the
// bars; with the keyboard, two sliders set its ends. The page replaces its charts while it is open, so listeners are on the document.

/** A shorter move is a click on a bar, which opens its entries. */
const DRAG_PX = 6;

interface Drag {
  figure: HTMLElement;
  plot: HTMLElement;
  fromX: number;
  isBrush: boolean;
}

export function brushCharts(): void {
  let drag: Drag | null = null;
  let swallowsClick = false;

  document.addEventListener('pointerdown', (event) => {
    const plot = (event.target as Element).closest<HTMLElement>('[data-plot]');
    const figure = plot?.closest<HTMLElement>('[data-brush]');
    if (!plot || !figure || event.button !== 0) return;
    swallowsClick = false;
    drag = { figure, plot, fromX: event.clientX, isBrush: false };
  });
  document.addEventListener('pointermove', (event) => {
    if (drag === null) return;
    if (!drag.isBrush && Math.abs(event.clientX - drag.fromX) < DRAG_PX) return;
    if (!drag.isBrush) drag.plot.setPointerCapture(event.pointerId);
    drag.isBrush = true;
    const [start, end] = [barAt(drag, drag.fromX), barAt(drag, event.clientX)].sort((a, b) => a - b);
    select(drag.figure, start ?? 0, end ?? 0);
  });
  document.addEventListener('pointerup', () => {
    if (drag?.isBrush) {
      swallowsClick = true;
      zoom(drag.figure);
    }
    drag = null;
  });
  // The browser scrolls instead.
  document.addEventListener('pointercancel', () => {
    if (drag !== null) clear(drag.figure);
    drag = null;
  });
  document.addEventListener(
    'click',
    (event) => {
      if (!swallowsClick) return;
      swallowsClick = false;
      event.preventDefault();
      event.stopPropagation();
    },
    { capture: true },
  );
  // A press would give a bar the focus, and draw a ring around it.
  document.addEventListener('mousedown', (event) => {
    if ((event.target as Element).closest('[data-plot]')) event.preventDefault();
  });
  // Bars are links, which a mouse would drag away.
  document.addEventListener('dragstart', (event) => {
    if ((event.target as Element).closest?.('[data-plot]')) event.preventDefault();
  });

  document.addEventListener('input', (event) => {
    const figure = (event.target as Element).closest<HTMLElement>('[data-brush]');
    if (figure === null) return;
    const [start, end] = sliders(figure);
    if (start === undefined || end === undefined) return;
    // The slider that moves pushes the other one.
    if (start.valueAsNumber > end.valueAsNumber) {
      if (event.target === start) end.value = start.value;
      else start.value = end.value;
    }
    select(figure, start.valueAsNumber, end.valueAsNumber);
  });
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest('[data-brush-zoom]');
    const figure = button?.closest<HTMLElement>('[data-brush]');
    if (figure) zoom(figure);
  });
  document.addEventListener('keydown', (event) => {
    const figure = (event.target as Element)
      .closest?.<HTMLElement>('[data-brush-controls]')
      ?.closest<HTMLElement>('[data-brush]');
    if (figure && event.key === 'Escape') {
      clear(figure);
      drag = null;
    }
    if (figure && event.key === 'Enter' && event.target instanceof HTMLInputElement) zoom(figure);
  });
  pauseUpdates();
}

/** [data-live-pause] pauses the updates of the page, and resumes them. */
function pauseUpdates(): void {
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>('[data-live-pause]');
    if (button === null) return;
    const isPaused = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(isPaused));
    document.documentElement.toggleAttribute('data-live-paused', isPaused);
  });
}

function barsOf(figure: HTMLElement): SVGElement[] {
  return [...figure.querySelectorAll<SVGElement>('[data-bar]')];
}

function sliders(figure: HTMLElement): HTMLInputElement[] {
  return [...figure.querySelectorAll<HTMLInputElement>('input[type="range"]')];
}

/** The bar at a horizontal place; the first or the last outside of the chart. */
function barAt({ figure, plot }: Drag, x: number): number {
  const { left, width } = plot.getBoundingClientRect();
  const count = barsOf(figure).length;
  return Math.min(Math.max(Math.floor(((x - left) / width) * count), 0), count - 1);
}

/** Shows the bars from `start` to `end` as selected, and says how many entries they have. */
function select(figure: HTMLElement, start: number, end: number): void {
  const bars = barsOf(figure);
  const isAll = start === 0 && end === bars.length - 1;
  const chosen = bars.slice(start, end + 1);
  const selection = figure.querySelector<HTMLElement>('[data-selection]');
  if (selection !== null) {
    selection.hidden = isAll;
    selection.style.left = `${(start / bars.length) * 100}%`;
    selection.style.width = `${(chosen.length / bars.length) * 100}%`;
  }
  const [first, last] = sliders(figure);
  for (const [slider, at] of [
    [first, start],
    [last, end],
  ] as const) {
    if (slider === undefined) continue;
    slider.value = String(at);
    slider.setAttribute('aria-valuetext', bars[at]?.dataset.label ?? '');
  }
  const says = figure.querySelector<HTMLOutputElement>('[data-brush-says]');
  const count = chosen.reduce((sum, bar) => sum + Number(bar.dataset.total), 0);
  if (says !== null) {
    says.value = isAll
      ? (says.dataset.none ?? '')
      : (says.dataset.some ?? '')
          .replace('{from}', chosen[0]?.dataset.label ?? '')
          .replace('{to}', chosen.at(-1)?.dataset.label ?? '')
          .replace('{count}', count.toLocaleString(document.documentElement.lang));
  }
  const button = figure.querySelector<HTMLButtonElement>('[data-brush-zoom]');
  if (button !== null) button.disabled = isAll;
}

function clear(figure: HTMLElement): void {
  select(figure, 0, barsOf(figure).length - 1);
}

/** Opens the page again with the selected period. */
function zoom(figure: HTMLElement): void {
  const [start, end] = sliders(figure).map((slider) => slider.valueAsNumber);
  const bars = barsOf(figure);
  const [from, to] = [bars[start ?? 0]?.dataset.from, bars[end ?? 0]?.dataset.to];
  if (from === undefined || to === undefined) return;
  if (start === 0 && end === bars.length - 1) return;
  const address = new URL(window.location.href);
  for (const name of ['period', 'cursor', 'rows']) address.searchParams.delete(name);
  address.searchParams.set('from', from);
  address.searchParams.set('to', to);
  window.location.assign(address);
}
