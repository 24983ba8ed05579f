import type { PasskeyAssertion } from '@guichet/contract/auth';
import { problems } from '@guichet/errors';
import type { PageContext } from '../../request-context.ts';
import { field, rawField } from '../form.ts';

/**
 * What a script has put into the form: the JSON of a credential. Auth checks all of it.
 * @throws Problem `invalid_request` if it is no JSON of an object
 */
export function readCredential(ctx: PageContext): object {
  try {
    const credential: unknown = JSON.parse(rawField(ctx, 'credential'));
    if (typeof credential === 'object' && credential !== null) return credential;
  } catch {
    // Below.
  }
  throw problems.invalid_request('The form has no passkey');
}

/** A signature, with the challenge that it answers. */
export function readSignature(ctx: PageContext): PasskeyAssertion {
  return {
    challenge_id: field(ctx, 'challenge_id'),
    credential: readCredential(ctx) as PasskeyAssertion['credential'],
  };
}
