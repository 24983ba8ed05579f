// After a passkey was removed here, its device is notified, so that it no longer offers the passkey (WebAuthn level 3, 5.1.10.1). Browsers that
// can't do so leave it to the user, as the page says.

type Signals = {
  signalUnknownCredential?: (unknown: { rpId: string; credentialId: string }) => Promise<void>;
};

/** Kept in the tab from the form that removes a passkey to the list without it. */
const REMOVING = 'removing-passkey';

const form = document.querySelector<HTMLElement>('[data-removes-credential]');
if (form === null) forgetRemoved();
else form.addEventListener('submit', () => remember(form.dataset.removesCredential ?? ''));

function remember(credentialId: string): void {
  try {
    sessionStorage.setItem(REMOVING, credentialId);
  } catch {
    // The browser stores nothing.
  }
}

function forgetRemoved(): void {
  let credentialId: string | null = null;
  try {
    credentialId = sessionStorage.getItem(REMOVING);
    sessionStorage.removeItem(REMOVING);
  } catch {
    return;
  }
  // A wrong password, or a session that has ended, has removed nothing; and the next user of the tab has another list.
  const isRemoved = document.querySelector('[data-passkey-removed]') !== null;
  const listed = [...document.querySelectorAll<HTMLElement>('[data-credential]')];
  if (
    !isRemoved ||
    credentialId === null ||
    listed.some(({ dataset }) => dataset.credential === credentialId)
  )
    return;
  const signals: Signals | undefined = window.PublicKeyCredential as unknown as Signals | undefined;
  void signals?.signalUnknownCredential?.({ rpId: location.hostname, credentialId }).catch(() => undefined);
}
