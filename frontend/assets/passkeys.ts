import {
  browserSupportsWebAuthn,
  browserSupportsWebAuthnAutofill,
  startAuthentication,
  startRegistration,
  WebAuthnError,
} from '@simplewebauthn/browser';

// button[data-passkey] uses a passkey ("get") or creates one ("create"), and sends its form with what the passkey signed.

type CreationOptions = Parameters<typeof startRegistration>[0]['optionsJSON'];
type RequestOptions = Parameters<typeof startAuthentication>[0]['optionsJSON'];

/** The options for the passkey, or why there are none; or that the form has errors, which it shows when the form is sent. */
type Asked =
  | { challenge_id?: string; options: CreationOptions & RequestOptions }
  | { text: string }
  | { invalid: true };

/** What a passkey stands for. */
const PROOFS = ['password', 'totp'];

/** The bank waits for five minutes. */
const OFFERED_FOR_MS = 4 * 60_000;

document.addEventListener('click', (event) => {
  const button = (event.target as Element).closest<HTMLButtonElement>('button[data-passkey]');
  if (button !== null) void usePasskey(button);
});
// A form that only a passkey sends has no button for the Enter key.
document.addEventListener('keydown', (event) => {
  const { key, target } = event;
  const form = key === 'Enter' && target instanceof HTMLInputElement ? target.form : null;
  if (form === null || form.querySelector('[type="submit"]') !== null) return;
  const button = form.querySelector<HTMLButtonElement>('button[data-passkey]');
  if (button === null) return;
  // The browser would take a button of the footer, which switches the language and keeps the form, for the form's own.
  event.preventDefault();
  button.click();
});
// Until scripts run, the button is hidden, and the browser can't focus it.
const first = document.querySelector<HTMLButtonElement>('button[data-passkey][autofocus]');
if (document.activeElement === document.body) first?.focus();
const autofill = document.querySelector<HTMLButtonElement>('button[data-autofill]');
if (autofill !== null) void offerInAutofill(autofill);

async function usePasskey(button: HTMLButtonElement): Promise<void> {
  const { form, dataset } = button;
  if (form === null || form.dataset.sent === 'yes') return;
  say(button, '');
  if (!browserSupportsWebAuthn()) return say(button, dataset.unsupported);
  const isNew = dataset.passkey === 'create';
  if (isNew && !form.reportValidity()) return;
  button.disabled = true;
  try {
    const asked = await ask(button, form);
    if ('text' in asked) return say(button, asked.text);
    if ('invalid' in asked) return send(button, form, {});
    const credential = isNew
      ? await startRegistration({ optionsJSON: asked.options })
      : await startAuthentication({ optionsJSON: asked.options });
    send(button, form, signedFields(asked.challenge_id, credential));
  } catch (error) {
    say(button, textOf(error, dataset));
  } finally {
    button.disabled = false;
    // The ceremony has ended the offer in the autofill of the username.
    if (form.dataset.sent !== 'yes' && autofill !== null) void offerInAutofill(autofill);
  }
}

/** Offers passkeys among the usernames that the browser suggests, for as long as the page is open. */
async function offerInAutofill(button: HTMLButtonElement): Promise<void> {
  const { form } = button;
  if (form === null || !(await browserSupportsWebAuthnAutofill())) return;
  try {
    const asked = await ask(button, form);
    if (!('options' in asked)) return;
    const renewal = window.setTimeout(() => whenSeen(() => void offerInAutofill(button)), OFFERED_FOR_MS);
    const credential = await startAuthentication({
      optionsJSON: asked.options,
      useBrowserAutofill: true,
    }).finally(() => window.clearTimeout(renewal));
    send(button, form, signedFields(asked.challenge_id, credential));
  } catch {
    // The button says what is wrong, if the user wants to use a passkey.
  }
}

function whenSeen(act: () => void): void {
  if (document.visibilityState === 'visible') act();
  else document.addEventListener('visibilitychange', act, { once: true });
}

/** Asks the bank what to sign, with all of the form: a payment is part of it, and a new passkey needs the password. */
async function ask({ dataset }: HTMLButtonElement, form: HTMLFormElement): Promise<Asked> {
  const fields = new FormData(form);
  if (dataset.passkey !== 'create') for (const name of PROOFS) fields.delete(name);
  const answer = await fetch(dataset.options ?? '', {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams([...(fields as unknown as Iterable<[string, string]>)]),
    redirect: 'error',
  });
  const asked = (await answer.json()) as Asked & { code?: string };
  if (asked.code !== 'unauthenticated') return asked;
  // The session has ended: the page leads to sign-in.
  location.reload();
  return { text: '' };
}

function signedFields(
  challengeId: string | undefined,
  { id, rawId, type, response }: { id: string; rawId: string; type: string; response: object },
): Record<string, string> {
  const { clientDataJSON, attestationObject, transports, authenticatorData, signature, userHandle } =
    response as Record<string, unknown>;
  const read = { clientDataJSON, attestationObject, transports, signature, userHandle };
  const signed = attestationObject === undefined ? { ...read, authenticatorData } : read;
  const credential = JSON.stringify({ id, rawId, type, clientExtensionResults: {}, response: signed });
  return { credential, ...(challengeId === undefined ? {} : { challenge_id: challengeId }) };
}

function send({ dataset }: HTMLButtonElement, form: HTMLFormElement, signed: Record<string, string>): void {
  form.addEventListener(
    'formdata',
    ({ formData }) => {
      for (const name of PROOFS) formData.delete(name);
      for (const [name, value] of Object.entries(signed)) formData.set(name, value);
    },
    { once: true },
  );
  const submitter = document.createElement('button');
  submitter.hidden = true;
  submitter.formNoValidate = true;
  submitter.setAttribute('formaction', dataset.sendTo ?? '');
  form.append(submitter);
  form.requestSubmit(submitter);
  submitter.remove();
}

function say(button: HTMLButtonElement, text: string | undefined): void {
  const place = button.parentElement?.querySelector('[data-passkey-error]');
  if (place != null) place.textContent = text ?? '';
}

function textOf(error: unknown, texts: DOMStringMap): string | undefined {
  if (error instanceof WebAuthnError) {
    if (error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED') return texts.known;
    if (error.code === 'ERROR_INVALID_RP_ID' || error.code === 'ERROR_INVALID_DOMAIN')
      return texts.unsupported;
    if (error.code.startsWith('ERROR_AUTHENTICATOR_')) return texts.unsupported;
  }
  const { name } = error as { name?: string };
  if (name === 'NotAllowedError' || name === 'AbortError') return texts.cancelled;
  return name === 'SecurityError' ? texts.unsupported : texts.failed;
}
