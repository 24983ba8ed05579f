// Sends requests to the API from the developers' page, with a token that the user types. It is kept in the field alone.

const tokenField = document.querySelector<HTMLInputElement>('[data-try-token]');
const template = document.querySelector<HTMLTemplateElement>('template[data-try]');

for (const route of document.querySelectorAll<HTMLDetailsElement>('details[data-route]')) {
  route.addEventListener('toggle', () => route.open && addForm(route));
}

function addForm(route: HTMLDetailsElement): void {
  const place = route.querySelector('[data-try-here]');
  const form = template?.content.firstElementChild?.cloneNode(true);
  if (place === null || place.childElementCount > 0 || !(form instanceof HTMLFormElement)) return;
  const names = (route.dataset.fields ?? '').split(' ').filter((name) => name !== '');
  const fields = form.querySelector('[data-try-fields]');
  for (const name of names) fields?.append(fieldOf(name, `${route.id}-${name}`));
  const body = form.querySelector<HTMLTextAreaElement>('textarea');
  const example = route.querySelector('[data-example]')?.textContent;
  if (body !== null && example !== undefined && example !== null) {
    body.value = example;
    body.id = `${route.id}-body`;
    form.querySelector('[data-try-body] label')?.setAttribute('for', body.id);
  } else {
    form.querySelector('[data-try-body]')?.remove();
  }
  place.append(form);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send(route, form);
  });
}

function fieldOf(name: string, id: string): HTMLElement {
  const field = document.createElement('div');
  field.className = 'field';
  const label = document.createElement('label');
  label.className = 'eyebrow';
  label.htmlFor = id;
  label.textContent = name;
  const input = document.createElement('input');
  Object.assign(input, { id, name, className: 'input', autocomplete: 'off' });
  field.append(label, input);
  return field;
}

async function send(route: HTMLElement, form: HTMLFormElement): Promise<void> {
  const method = route.dataset.method ?? 'GET';
  const typed = new FormData(form);
  const values = [...form.querySelectorAll<HTMLInputElement>('input')].map((input) => [
    input.name,
    input.value,
  ]);
  let path = route.dataset.path ?? '';
  const query = new URLSearchParams();
  for (const [name = '', value = ''] of values) {
    if (path.includes(`{${name}}`)) path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (value !== '') query.set(name, value);
  }
  const body = typed.get('body');
  const token = tokenField?.value.trim() ?? '';
  const startedAt = performance.now();
  const answer = await fetch(query.size === 0 ? path : `${path}?${query}`, {
    method,
    // The API takes no cookie, and the page sends it none.
    credentials: 'omit',
    headers: {
      ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
      ...(typeof body === 'string' ? { 'Content-Type': 'application/json' } : {}),
      ...(method === 'POST' ? { 'Idempotency-Key': crypto.randomUUID() } : {}),
    },
    ...(typeof body === 'string' ? { body } : {}),
  }).catch(() => null);
  const status = form.querySelector('[data-try-status]');
  const shown = form.querySelector<HTMLElement>('[data-try-answer]');
  if (status === null || shown === null) return;
  const tookMs = Math.round(performance.now() - startedAt);
  status.textContent = answer === null ? (form.dataset.failed ?? '') : `${answer.status} · ${tookMs} ms`;
  shown.hidden = answer === null || answer.status === 204;
  shown.textContent = answer === null ? '' : pretty(await answer.text());
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
