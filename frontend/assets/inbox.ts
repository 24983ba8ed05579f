// The agents' inbox: selection with its sum, and keys that act only while the focus is in the list.

const KEYS_OFF = 'inbox-keys-off';

export function runInbox(): void {
  const form = document.querySelector<HTMLFormElement>('form[data-desk]');
  if (form === null) return;
  const boxes = [...form.querySelectorAll<HTMLInputElement>('tbody input[name="id"]')];
  followSelection(form, boxes);
  listenToKeys(form, boxes);
}

/** Select all, shift and click for a range, and what is selected. */
function followSelection(form: HTMLFormElement, boxes: readonly HTMLInputElement[]): void {
  const open = boxes.filter((box) => !box.disabled);
  const all = form.querySelector<HTMLInputElement>('[data-select-all]');
  const summary = form.querySelector<HTMLElement>('[data-selected]');

  function showSelection(): void {
    const chosen = open.filter((box) => box.checked);
    if (all !== null) {
      all.checked = chosen.length > 0 && chosen.length === open.length;
      all.indeterminate = chosen.length > 0 && chosen.length < open.length;
    }
    if (summary === null) return;
    const text = (chosen.length === 1 ? summary.dataset.one : summary.dataset.other) ?? '';
    const sums = sumsOf(chosen);
    summary.textContent = [text.replace('#', String(chosen.length)), ...(sums === '' ? [] : [sums])].join(
      ' · ',
    );
  }

  all?.addEventListener('change', () => {
    for (const box of open) box.checked = all.checked;
    showSelection();
  });
  let last: number | null = null;
  open.forEach((box, index) => {
    box.addEventListener('click', (event) => {
      if (event.shiftKey && last !== null) {
        const [from, to] = [Math.min(last, index), Math.max(last, index)];
        for (const between of open.slice(from, to + 1)) between.checked = box.checked;
      }
      last = index;
      showSelection();
    });
  });
  // The browser restores what was checked when the user comes back.
  window.addEventListener('pageshow', showSelection);
  showSelection();
}

/** The sum in each currency, as the page writes amounts. */
function sumsOf(chosen: readonly HTMLInputElement[]): string {
  const sums = new Map<string, number>();
  for (const { dataset } of chosen) {
    const { amount = '', currency = '' } = dataset;
    if (amount !== '') sums.set(currency, (sums.get(currency) ?? 0) + Number(amount));
  }
  const locale = document.documentElement.lang === 'fr' ? 'fr-FR' : 'en-GB';
  return [...sums]
    .map(([currency, minor]) => {
      const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
      return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
    })
    .join(' + ');
}

/** WCAG 2.1.4: single keys act only in the list, and can be turned off. */
function listenToKeys(form: HTMLFormElement, boxes: readonly HTMLInputElement[]): void {
  const table = form.querySelector('table');
  const dialog = document.getElementById('inbox-keys');
  const toggle = dialog?.querySelector<HTMLInputElement>('[data-keys-on]') ?? null;
  if (toggle !== null) {
    toggle.checked = localStorage.getItem(KEYS_OFF) === null;
    toggle.addEventListener('change', () => {
      if (toggle.checked) localStorage.removeItem(KEYS_OFF);
      else localStorage.setItem(KEYS_OFF, 'yes');
    });
  }
  const rows = boxes.map((box) => box.closest('tr'));
  const linkOf = (index: number) => rows[index]?.querySelector<HTMLAnchorElement>('a.row-link') ?? null;
  /** An own request has a box that cannot have the focus, so its link gets it. */
  const focus = (index: number): void => {
    const at = Math.max(0, Math.min(boxes.length - 1, index));
    const box = boxes[at];
    if (box?.disabled) linkOf(at)?.focus();
    else box?.focus();
  };
  const button = (value: string) =>
    form.querySelector<HTMLButtonElement>(`button[name="decision"][value="${value}"]`);

  table?.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || toggle?.checked === false) return;
    const row = (event.target as HTMLElement).closest('tr');
    const at = rows.indexOf(row);
    if (event.key === 'j') focus(at + 1);
    else if (event.key === 'k') focus(at - 1);
    else if (event.key === 'x' && at >= 0) boxes[at]?.click();
    else if (event.key === 'o' && at >= 0) linkOf(at)?.click();
    else if (event.key === 'a') button('approve')?.click();
    else if (event.key === 'r') button('reject')?.click();
    else if (event.key === '?' && dialog instanceof HTMLDialogElement) dialog.showModal();
    else return;
    event.preventDefault();
  });
}
