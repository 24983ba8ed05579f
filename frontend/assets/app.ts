import { openDialogs } from './dialogs.ts';
import { followNews } from './live/follow-news.ts';
import { closeMenus } from './menus.ts';
import { offerToShare } from './share.ts';

// Progressive enhancement: every page works without this script.

document.documentElement.classList.add('has-script');
closeMenus();
openDialogs();
offerToShare();
followNews();

/** [data-copy="text"]: copies the text to the clipboard and confirms it in the button. */
for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.dataset.copy ?? '');
    const label = button.querySelector('[data-copy-label]');
    const said = button.dataset.copied;
    if (label === null || said === undefined) return;
    const before = label.textContent;
    label.textContent = said;
    setTimeout(() => {
      label.textContent = before;
    }, 2000);
  });
}

for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-print]')) {
  button.addEventListener('click', () => window.print());
}

/**
 * Prevents a second submission of a form; the API would recognize it anyway. The address of the page becomes that of the form's draft, so
 * that Back leads to what was typed.
 */
for (const form of document.querySelectorAll<HTMLFormElement>('form[method="post"]')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent === 'yes') event.preventDefault();
    form.dataset.sent = 'yes';
    const { draft } = form.dataset;
    if (draft === undefined) return;
    const address = new URL(location.href);
    address.searchParams.set('draft', draft);
    address.hash = '';
    history.replaceState(history.state, '', address);
  });
}
// After the browser's Back button, the form can be submitted again.
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-sent]')) delete form.dataset.sent;
});

/** A field that depends on a choice ([data-when="kind=external"]) is only shown and sent with that choice. */
const dependent = [...document.querySelectorAll<HTMLElement>('[data-when]')];
function followChoices(): void {
  for (const part of dependent) {
    const [name = '', wanted] = (part.dataset.when ?? '').split('=');
    const form = part.closest('form');
    const chosen = form === null ? null : new FormData(form).get(name);
    part.hidden = (chosen ?? '') !== wanted;
  }
}
if (dependent.length > 0) {
  document.addEventListener('change', followChoices);
  followChoices();
}

/** An amount's field ([data-currency-of="from_account_id"]) shows the currency and decimals of the account that is chosen. */
const amounts = [...document.querySelectorAll<HTMLElement>('[data-currency-of]')];
function followCurrency(): void {
  for (const part of amounts) {
    const accounts = part.closest('form')?.elements.namedItem(part.dataset.currencyOf ?? '');
    const input = part.querySelector('input');
    if (!(accounts instanceof HTMLSelectElement) || input === null) continue;
    const { currency, zero = '' } = accounts.selectedOptions[0]?.dataset ?? {};
    if (currency === undefined) continue;
    for (const text of part.querySelectorAll('[data-currency]')) text.textContent = currency;
    input.placeholder = zero;
    input.inputMode = zero.length > 1 ? 'decimal' : 'numeric';
  }
}
if (amounts.length > 0) {
  document.addEventListener('change', followCurrency);
  // The browser may have restored another choice than the one in the page.
  window.addEventListener('pageshow', followCurrency);
}

/** The agents' inbox: select all, a counter, and keys (j and k move, x selects, a approves, r rejects). */
const desk = document.querySelector<HTMLFormElement>('form[data-desk]');
if (desk !== null) runDesk(desk);

function runDesk(form: HTMLFormElement): void {
  const boxes = [...form.querySelectorAll<HTMLInputElement>('input[name="id"]:not(:disabled)')];
  const all = form.querySelector<HTMLInputElement>('[data-select-all]');
  const count = form.querySelector<HTMLElement>('[data-selected-count]');
  const buttons = [...form.querySelectorAll<HTMLButtonElement>('button[name="decision"]')];

  function tell(): void {
    const chosen = boxes.filter((box) => box.checked).length;
    if (count !== null) count.textContent = String(chosen);
    if (all !== null) {
      all.checked = chosen > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
  }

  all?.addEventListener('change', () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  let last: number | null = null;
  boxes.forEach((box, index) => {
    // Shift-click selects everything between the last click and this one.
    box.addEventListener('click', (event) => {
      if (event.shiftKey && last !== null) {
        const [from, to] = [Math.min(last, index), Math.max(last, index)];
        for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
      }
      last = index;
      tell();
    });
  });
  document.addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    const typing = target.matches('input:not([type="checkbox"]), textarea, select');
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = boxes.indexOf(document.activeElement as HTMLInputElement);
    const focus = (index: number): void => boxes[Math.max(0, Math.min(boxes.length - 1, index))]?.focus();
    if (event.key === 'j') focus(at + 1);
    else if (event.key === 'k') focus(at - 1);
    else if (event.key === 'x' && at >= 0) boxes[at]?.click();
    else if (event.key === 'a') buttons.find((button) => button.value === 'approve')?.focus();
    else if (event.key === 'r') form.querySelector<HTMLInputElement>('[name="reason"]')?.focus();
    else return;
    event.preventDefault();
  });
  tell();
}
