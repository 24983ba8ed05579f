const CONFIRMED_MS = 2_000;

/** [data-copy="text"] copies the text and confirms it in the button. */
export function offerToCopy(): void {
  document.addEventListener('click', async (event) => {
    const button = (event.target as Element).closest<HTMLElement>('button[data-copy]');
    if (button === null) return;
    await navigator.clipboard.writeText(button.dataset.copy ?? '');
    const label = button.querySelector<HTMLElement>('[data-copy-label]');
    const { copied } = button.dataset;
    if (label === null || copied === undefined || label.textContent === copied) return;
    const before = label.textContent;
    label.textContent = copied;
    setTimeout(() => {
      label.textContent = before;
    }, CONFIRMED_MS);
  });
}
