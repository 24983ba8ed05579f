import { Decrypter, Encrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import type { SecretsManifest } from './secrets-manifest.ts';

/** Encrypts to the recipients (`age1…`), in the format of age (https://age-encryption.org/v1): only an owner of one of their identities can open it, and the bank has none. */
export function sealManifest(manifest: SecretsManifest, recipients: readonly string[]): Promise<Uint8Array> {
  return sealerTo(recipients).encrypt(`${JSON.stringify(manifest)}\n`);
}

/** The same for a file of any size. */
export function sealStream(
  content: ReadableStream<Uint8Array>,
  recipients: readonly string[],
): Promise<ReadableStream<Uint8Array>> {
  return sealerTo(recipients).encrypt(content);
}

/** @throws Error if `identity` (`AGE-SECRET-KEY-1…`) is not one of the recipients' */
export async function openManifest(sealed: Uint8Array, identity: string): Promise<SecretsManifest> {
  const opener = new Decrypter();
  opener.addIdentity(identity);
  return JSON.parse(await opener.decrypt(sealed, 'text')) as SecretsManifest;
}

function sealerTo(recipients: readonly string[]): Encrypter {
  const sealer = new Encrypter();
  for (const recipient of recipients) sealer.addRecipient(recipient);
  return sealer;
}

/** A new key pair of age, as `age-keygen` makes it. */
export async function newKeyPair(): Promise<{ identity: string; recipient: string }> {
  const identity = await generateIdentity();
  return { identity, recipient: await identityToRecipient(identity) };
}
