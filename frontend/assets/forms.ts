import { PARTS_REFRESHED } from './live/refresh-parts.ts';

/** What every form does with scripts. */
export function helpWithForms(): void {
  guardAgainstDoubleSubmit();
  // Parts of the page may have been loaded again, and the browser may have restored other choices than those in the page.
  for (const name of ['change', PARTS_REFRESHED]) document.addEventListener(name, followFields);
  window.addEventListener('pageshow', followFields);
  followFields();
}

/**
 * Prevents a second submission of a form; the API would recognize it anyway. The address of the page becomes that of the form's draft, so
 * that Back leads to what was typed.
 */
function guardAgainstDoubleSubmit(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement;
    if (form.getAttribute('method') !== 'post') return;
    if (form.dataset.sent === 'yes') event.preventDefault();
    form.dataset.sent = 'yes';
    const { draft } = form.dataset;
    if (draft === undefined) return;
    const address = new URL(location.href);
    address.searchParams.set('draft', draft);
    address.hash = '';
    history.replaceState(history.state, '', address);
  });
  // After the browser's Back button, the form can be submitted again.
  window.addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll<HTMLFormElement>('form[data-sent]'))
      delete form.dataset.sent;
  });
}

function followFields(): void {
  followChoices();
  followCurrency();
}

/** A field that depends on a choice ([data-when="kind=external"], or one of several with spaces between) is only shown with that choice. */
function followChoices(): void {
  for (const part of document.querySelectorAll<HTMLElement>('[data-when]')) {
    const [name = '', wanted = ''] = (part.dataset.when ?? '').split('=');
    const form = part.closest('form');
    const chosen = form === null ? null : new FormData(form).get(name);
    part.hidden = !wanted.split(' ').includes(String(chosen ?? ''));
  }
}

/** An amount's field ([data-currency-of="from_account_id"]) shows the currency and decimals of the account that is chosen. */
function followCurrency(): void {
  for (const part of document.querySelectorAll<HTMLElement>('[data-currency-of]')) {
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
