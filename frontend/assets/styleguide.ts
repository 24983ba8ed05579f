import { showToast, type Toast } from './toasts.ts';

// The buttons of /styleguide that show a toast of each kind.
for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-show-toast]')) {
  button.addEventListener('click', () => {
    showToast({ kind: button.dataset.showToast as Toast['kind'], text: button.dataset.text ?? '' });
  });
}
