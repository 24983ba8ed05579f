// Checks a payee while their details are typed. Without this script, the review does.

const PAUSE_MS = 600;
/** No account number is shorter. */
const NUMBER_LENGTH_MIN = 15;

interface PayeeCheck {
  result: 'match' | 'close_match' | 'no_match' | 'not_possible' | 'unavailable' | null;
  title: string;
  text: string;
  suggestion: string | null;
}

const KINDS = {
  match: 'success',
  close_match: 'warn',
  no_match: 'refusal',
  not_possible: 'info',
  unavailable: 'warn',
} as const;

for (const part of document.querySelectorAll<HTMLElement>('[data-payee-check]')) watchPayee(part);

function watchPayee(part: HTMLElement): void {
  const form = part.closest('form');
  const name = part.querySelector<HTMLInputElement>('[name="payee_name"]');
  const number = part.querySelector<HTMLInputElement>('[name="payee_number"]');
  const place = part.querySelector<HTMLElement>('[data-payee-result]');
  if (form === null || name === null || number === null || place === null) return;
  let timer = 0;
  let running: AbortController | undefined;

  part.addEventListener('input', (event) => {
    if (event.target !== name && event.target !== number) return;
    clearTimeout(timer);
    // An answer for what was typed before would be wrong now.
    running?.abort();
    place.replaceChildren();
    if (name.value.trim() === '' || number.value.trim().length < NUMBER_LENGTH_MIN) return;
    timer = window.setTimeout(check, PAUSE_MS);
  });

  async function check(): Promise<void> {
    if (form === null || name === null || number === null || place === null) return;
    running = new AbortController();
    const token = form.querySelector<HTMLInputElement>('[name="_csrf"]')?.value ?? '';
    try {
      const answer = await fetch(part.dataset.payeeCheck ?? '', {
        method: 'POST',
        headers: { accept: 'application/json' },
        body: new URLSearchParams({ _csrf: token, payee_name: name.value, payee_number: number.value }),
        signal: running.signal,
        redirect: 'error',
      });
      if (answer.ok) show((await answer.json()) as PayeeCheck);
    } catch {
      // The review checks again.
    }
  }

  function show({ result, title, text, suggestion }: PayeeCheck): void {
    if (name === null || place === null || result === null) return;
    const notice = element('div', `notice notice-${KINDS[result]}`);
    const words = element('div', 'min-w-0');
    words.append(element('p', 'font-semibold', title), element('p', 'mt-0.5', text));
    if (suggestion !== null) {
      const use = element('button', 'button button-small mt-3', place.dataset.use ?? '');
      use.setAttribute('type', 'button');
      use.addEventListener('click', () => {
        name.value = suggestion;
        name.dispatchEvent(new Event('input', { bubbles: true }));
        name.focus();
      });
      words.append(use);
    }
    notice.append(words);
    place.replaceChildren(notice);
  }
}

function element(tag: string, classes: string, text = ''): HTMLElement {
  const made = document.createElement(tag);
  made.className = classes;
  made.textContent = text;
  return made;
}
