/**
 * [data-dialog="id"] opens that <dialog>. The browser keeps the focus inside, closes it with Esc and returns the focus; here a click outside
 * closes it too.
 */
export function openDialogs(): void {
  document.addEventListener('click', (event) => {
    const target = event.target as Element;
    const opener = target.closest<HTMLElement>('[data-dialog]');
    const dialog = opener === null ? null : document.getElementById(opener.dataset.dialog ?? '');
    if (dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      dialog.showModal();
    } else if (target instanceof HTMLDialogElement && isOutside(target, event)) target.close();
  });
}

/** A click on the backdrop has the dialog as its target. */
function isOutside(dialog: HTMLDialogElement, { clientX, clientY }: MouseEvent): boolean {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}
