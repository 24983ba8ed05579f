/** [data-share="text"] opens the device's share sheet. It stays hidden where there is none; Copy and Print do the same there. */
export function offerToShare(): void {
  if (typeof navigator.share !== 'function') return;
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-share]')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      // Closing the sheet rejects too, and needs no message.
      navigator.share({ text: button.dataset.share ?? '' }).catch(() => {});
    });
  }
}
