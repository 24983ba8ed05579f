// What makes the pages handier where scripts run. Every page works without it.

document.documentElement.classList.add('has-script');

/** [data-copy="text"]: puts the text on the clipboard and says so in the button. */
for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.dataset.copy ?? '');
    const label = button.querySelector('[data-copy-label]');
    const said = button.dataset.copied;
    if (label === null || said === undefined) return;
    const before = label.textContent;
    label.textContent = said;
    setTimeout(() => {
      label.textContent = before;
    }, 2000);
  });
}

for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-print]')) {
  button.addEventListener('click', () => window.print());
}

/** A form that is on its way is not sent a second time by an impatient click; the API would know it anyway. */
for (const form of document.querySelectorAll<HTMLFormElement>('form[method="post"]')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent === 'yes') event.preventDefault();
    form.dataset.sent = 'yes';
  });
}
// Coming back with the browser's own button finds the form ready again.
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-sent]')) delete form.dataset.sent;
});

/** A field that only counts under a choice ([data-when="kind=external"]) is shown with it, and sent with it. */
const dependent = [...document.querySelectorAll<HTMLElement>('[data-when]')];
function followChoices(): void {
  for (const part of dependent) {
    const [name = '', wanted] = (part.dataset.when ?? '').split('=');
    const form = part.closest('form');
    const chosen = form === null ? null : new FormData(form).get(name);
    part.hidden = (chosen ?? '') !== wanted;
  }
}
if (dependent.length > 0) {
  document.addEventListener('change', followChoices);
  followChoices();
}

/** The agent's desk: select all, a count, and the keyboard (j, k to move, x to choose, a to approve, r to reject). */
const desk = document.querySelector<HTMLFormElement>('form[data-desk]');
if (desk !== null) runDesk(desk);

function runDesk(form: HTMLFormElement): void {
  const boxes = [...form.querySelectorAll<HTMLInputElement>('input[name="id"]:not(:disabled)')];
  const all = form.querySelector<HTMLInputElement>('[data-select-all]');
  const count = form.querySelector<HTMLElement>('[data-selected-count]');
  const buttons = [...form.querySelectorAll<HTMLButtonElement>('button[name="decision"]')];

  function tell(): void {
    const chosen = boxes.filter((box) => box.checked).length;
    if (count !== null) count.textContent = String(chosen);
    if (all !== null) {
      all.checked = chosen > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
  }

  all?.addEventListener('change', () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  let last: number | null = null;
  boxes.forEach((box, index) => {
    // With Shift, everything between the last click and this one.
    box.addEventListener('click', (event) => {
      if (event.shiftKey && last !== null) {
        const [from, to] = [Math.min(last, index), Math.max(last, index)];
        for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
      }
      last = index;
      tell();
    });
  });
  document.addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    const typing = target.matches('input:not([type="checkbox"]), textarea, select');
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = boxes.indexOf(document.activeElement as HTMLInputElement);
    const focus = (index: number): void => boxes[Math.max(0, Math.min(boxes.length - 1, index))]?.focus();
    if (event.key === 'j') focus(at + 1);
    else if (event.key === 'k') focus(at - 1);
    else if (event.key === 'x' && at >= 0) boxes[at]?.click();
    else if (event.key === 'a') buttons.find((button) => button.value === 'approve')?.focus();
    else if (event.key === 'r') form.querySelector<HTMLInputElement>('[name="reason"]')?.focus();
    else return;
    event.preventDefault();
  });
  tell();
}
