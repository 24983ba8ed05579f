import { openDialogs } from './dialogs.ts';
import { runInbox } from './inbox.ts';
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

runInbox();
