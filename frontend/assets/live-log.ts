// Adds new log entries to the top of the list as they are stored. Without it, users reload the page.

const list = document.querySelector<HTMLTableSectionElement>('tbody[data-live]');
const toggle = document.querySelector<HTMLButtonElement>('button[data-live-toggle]');
const MOST_ROWS = 200;

interface Entry {
  time: string;
  level: string;
  service: string;
  action: string;
  actor: { username: string } | null;
  message: string;
}

if (list !== null && toggle !== null) {
  let source: EventSource | null = null;
  const words = JSON.parse(list.dataset.words ?? '{}') as Record<string, string>;
  const time = new Intl.DateTimeFormat(document.documentElement.lang === 'fr' ? 'fr-FR' : 'en-GB', {
    day: '2-digit',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZone: list.dataset.timeZone ?? 'Europe/Paris',
  });

  const addRow = (entry: Entry): void => {
    const template = document.querySelector<HTMLTemplateElement>('template[data-live-row]');
    const row = template?.content.firstElementChild?.cloneNode(true) as HTMLTableRowElement | undefined;
    if (row === undefined) return;
    const set = (name: string, text: string): void => {
      for (const cell of row.querySelectorAll(`[data-cell="${name}"]`)) cell.textContent = text;
    };
    set('time', time.format(new Date(entry.time)));
    set('action', words[entry.action] ?? entry.action);
    set('message', entry.message);
    set('actor', entry.actor?.username ?? '');
    set('service', entry.service);
    const level = row.querySelector('[data-cell="level"]');
    if (level !== null) {
      level.textContent = words[entry.level] ?? entry.level;
      level.className = `badge ${{ WARNING: 'badge-warn', ERROR: 'badge-bad' }[entry.level] ?? ''}`;
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
    source.onmessage = (event) => addRow(JSON.parse(event.data) as Entry);
  };
  toggle.addEventListener('click', () => follow(source === null));
  window.addEventListener('pagehide', () => follow(false));
}
