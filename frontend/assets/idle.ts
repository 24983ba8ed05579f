/** How long before the end the page warns. */
const WARNED_MS = 60_000;
/** What the user does is reported to the server at most this often. */
const REPORTED_EVERY_MS = 30_000;
const ANSWERED_WITHIN_MS = 5_000;

/**
 * Signs the user out of an open page ([data-idle-ms]) once they have done nothing in any tab for too long, after a warning. The server
 * decides when that is; all tabs share what it said last.
 */
export function watchForIdleness(): void {
  const page = document.querySelector<HTMLElement>('[data-idle-ms]');
  const dialog = document.querySelector<HTMLDialogElement>('dialog[data-idle-warning]');
  if (page === null || dialog === null) return;
  const shared = `guichet-idle-${page.dataset.live}`;
  const limitMs = Number(page.dataset.idleMs);
  // The server counts from when it received the request for this page.
  let endsAtMs = performance.timeOrigin + limitMs;
  let reportedAtMs = performance.timeOrigin;
  let timer = 0;
  let isWatching = true;
  let isAnswered = true;
  share();

  function share(): void {
    try {
      localStorage.setItem(shared, String(endsAtMs));
    } catch {
      // Without storage, each tab asks the server before it signs the user out.
    }
  }

  function takeOver(ms: number): void {
    endsAtMs = ms;
    isAnswered = true;
    if (dialog?.open === true) dialog.close();
    look();
  }

  function look(): void {
    window.clearTimeout(timer);
    if (!isWatching) return;
    const leftMs = endsAtMs - Date.now();
    if (leftMs <= 0) return void leave();
    if (leftMs <= WARNED_MS) warn();
    timer = window.setTimeout(look, leftMs <= WARNED_MS ? leftMs : leftMs - WARNED_MS);
  }

  function warn(): void {
    if (dialog === null || dialog.open) return;
    isAnswered = false;
    dialog.showModal();
  }

  /** Asks the server how long the user may stay, as an act of theirs or not, and takes its answer over. */
  async function ask(isAct: boolean): Promise<'stays' | 'signed out' | 'no answer'> {
    const askedAtMs = Date.now();
    const leftMs = await timeLeft(isAct);
    if (typeof leftMs === 'string') return leftMs;
    // The user has signed in again in another tab, and chosen to stay.
    isWatching = leftMs !== null;
    takeOver(leftMs === null ? Number.POSITIVE_INFINITY : askedAtMs + leftMs);
    share();
    return 'stays';
  }

  async function stay(): Promise<void> {
    reportedAtMs = Date.now();
    if ((await ask(true)) === 'signed out') await leave();
  }

  async function leave(): Promise<void> {
    isWatching = false;
    // The page must not be readable while it asks.
    document.body.hidden = true;
    if ((await ask(false)) === 'stays') {
      document.body.hidden = false;
      return;
    }
    const form = typedForm();
    if (form === null) return location.replace(page?.dataset.idleAddress ?? '/');
    // The server keeps what was typed, and doesn't carry it out.
    const sentTo = form.getAttribute('action') ?? '';
    form.setAttribute('action', `/session/idle?${new URLSearchParams({ form: sentTo })}`);
    // A button of the form could be called "submit".
    HTMLFormElement.prototype.submit.call(form);
  }

  dialog.addEventListener('close', () => {
    if (isAnswered) return;
    isAnswered = true;
    void stay();
  });
  document.addEventListener('guichet-acted', () => {
    if (!dialog.open && isWatching && Date.now() - reportedAtMs > REPORTED_EVERY_MS) void stay();
  });
  window.addEventListener('storage', ({ key, newValue }) => {
    if (key === shared && Number(newValue) > endsAtMs) takeOver(Number(newValue));
  });
  // Timers stop while the device sleeps.
  for (const name of ['pageshow', 'focus']) window.addEventListener(name, look);
  document.addEventListener('visibilitychange', look);
  look();
}

/** In milliseconds; null for as long as the user likes. */
async function timeLeft(isAct: boolean): Promise<number | null | 'signed out' | 'no answer'> {
  try {
    const answer = await fetch('/session', {
      headers: { accept: 'application/json', ...(isAct ? {} : { 'x-guichet-passive': 'yes' }) },
      signal: AbortSignal.timeout(ANSWERED_WITHIN_MS),
    });
    if (answer.status === 401) return 'signed out';
    if (!answer.ok) return 'no answer';
    return ((await answer.json()) as { idle_in_ms: number | null }).idle_in_ms;
  } catch {
    return 'no answer';
  }
}

/** The form that the user has typed into, and that can be kept. */
function typedForm(): HTMLFormElement | null {
  const forms = [...document.querySelectorAll<HTMLFormElement>('form[method="post"][data-draft]')];
  return forms.find(isTyped) ?? null;
}

function isTyped(form: HTMLFormElement): boolean {
  return [...form.elements].some((field) => {
    if (field instanceof HTMLTextAreaElement) return field.value !== field.defaultValue;
    if (field instanceof HTMLSelectElement)
      return [...field.options].some(({ selected, defaultSelected }) => selected !== defaultSelected);
    if (!(field instanceof HTMLInputElement) || field.type === 'hidden') return false;
    return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  });
}
