/** [data-share="text"] opens the device's share sheet. Styles hide it where there is none; Copy and Print do the same there. */
export function offerToShare(): void {
  if (typeof navigator.share !== 'function') return;
  document.documentElement.classList.add('can-share');
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLElement>('button[data-share]');
    // Closing the sheet rejects too, and needs no message.
    if (button !== null) navigator.share({ text: button.dataset.share ?? '' }).catch(() => {});
  });
}
