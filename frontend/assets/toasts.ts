export interface Toast {
  kind: 'success' | 'refusal' | 'warn' | 'info';
  text: string;
  /** A path of the bank. */
  href?: string;
}

const SHOWN_MS = 10_000;
const MOST_TOASTS = 3;
const ICONS = { success: 'check', refusal: 'warning', warn: 'warning', info: 'info' };

/** Shows a message, which screen readers announce. It stays while the pointer or the focus is on it. */
export function showToast({ kind, text, href }: Toast): void {
  const region = document.querySelector<HTMLElement>('[data-toasts]');
  const template = document.querySelector<HTMLTemplateElement>('template[data-toast]');
  const toast = template?.content.firstElementChild?.cloneNode(true);
  if (region === null || !(toast instanceof HTMLElement)) return;
  toast.className = `toast toast-${kind}`;
  const drawing = toast.querySelector('use');
  drawing?.setAttribute('href', (drawing.getAttribute('href') ?? '').replace(/#.*/, `#${ICONS[kind]}`));
  const words = toast.querySelector<HTMLAnchorElement>('[data-toast-text]');
  if (words !== null) {
    words.textContent = text;
    if (href !== undefined) words.href = href;
  }
  toast.querySelector('[data-dismiss]')?.addEventListener('click', () => toast.remove());
  region.append(toast);
  while (region.children.length > MOST_TOASTS) region.firstElementChild?.remove();
  leaveLater(toast);
}

/** Esc dismisses toasts, and they never cover what has the focus (WCAG 2.4.11): a toast in its place is dismissed. */
export function keepToastsOutOfTheWay(): void {
  const toasts = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-toasts] .toast')];
  document.addEventListener('keydown', (event) => {
    const isBusy = document.querySelector('dialog[open], details[data-menu][open]') !== null;
    if (event.key === 'Escape' && !isBusy) for (const toast of toasts()) toast.remove();
  });
  document.addEventListener('focusin', ({ target }) => {
    const focused = target as Element;
    if (focused.closest('[data-toasts]') !== null) return;
    // The browser scrolls to what has the focus first.
    requestAnimationFrame(() => {
      for (const toast of toasts()) if (overlap(toast, focused)) toast.remove();
    });
  });
}

function overlap(one: Element, other: Element): boolean {
  const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function leaveLater(toast: HTMLElement): void {
  let timer = 0;
  const start = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => toast.remove(), SHOWN_MS);
  };
  // Either may leave while the other stays.
  const holding = new Set<string>();
  for (const [arrives, leaves] of [
    ['pointerenter', 'pointerleave'],
    ['focusin', 'focusout'],
  ] as const) {
    toast.addEventListener(arrives, () => {
      holding.add(arrives);
      window.clearTimeout(timer);
    });
    toast.addEventListener(leaves, () => {
      holding.delete(arrives);
      if (holding.size === 0) start();
    });
  }
  start();
}
