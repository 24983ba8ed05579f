// Adds new log entries to the top of the list as they are stored. Without it, users reload the page.

const list = document.querySelector<HTMLTableSectionElement>('tbody[data-live]');
const toggle = document.querySelector<HTMLButtonElement>('button[data-live-toggle]');
const MOST_ROWS = 200;

/** As the server sends it, in the reader's language. */
interface Row {
  time: string;
  level: string;
  levelName: string;
  action: string;
  sentence: string;
  actor: string;
  service: string;
}

if (list !== null && toggle !== null) {
  let source: EventSource | null = null;

  const addRow = (added: Row): void => {
    const template = document.querySelector<HTMLTemplateElement>('template[data-live-row]');
    const row = template?.content.firstElementChild?.cloneNode(true) as HTMLTableRowElement | undefined;
    if (row === undefined) return;
    for (const name of ['time', 'action', 'sentence', 'actor', 'service'] as const)
      for (const cell of row.querySelectorAll(`[data-cell="${name}"]`)) cell.textContent = added[name];
    const level = row.querySelector('[data-cell="level"]');
    if (level !== null) {
      level.textContent = added.levelName;
      level.className = `badge ${{ WARNING: 'badge-warn', ERROR: 'badge-bad' }[added.level] ?? ''}`;
    }
    list.prepend(row);
    while (list.rows.length > MOST_ROWS) list.deleteRow(-1);
  };

  const follow = (on: boolean): void => {
    source?.close();
    source = null;
    toggle.setAttribute('aria-pressed', String(on));
    if (!on) return;
    source = new EventSource(toggle.dataset.liveToggle ?? '/logs/stream');
    source.onmessage = (event) => addRow(JSON.parse(event.data) as Row);
  };
  toggle.addEventListener('click', () => follow(source === null));
  window.addEventListener('pagehide', () => follow(false));
}
