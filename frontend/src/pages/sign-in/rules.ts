import { Problem } from '@guichet/errors';
import type { PageContext } from '../../request-context.ts';
import { rawField } from '../form.ts';
import { asRefusal } from '../page.ts';

/** An error if the password in `name` was typed differently the second time. */
export function passwordsDiffer(ctx: PageContext, name: string): Record<string, string> {
  const isSame = rawField(ctx, name) === rawField(ctx, 'password_again');
  return isSame ? {} : { password_again: 'passwords_differ' };
}

/** The refusal of a sign-in. Here, 401 means wrong credentials, not an ended session. */
export function asSignInRefusal(error: unknown): Problem {
  return error instanceof Problem && error.status === 401 ? error : asRefusal(error);
}

/** What is wrong with a passkey. Auth doesn't say more than that about any credentials. */
export function asPasskeyRefusal(error: unknown): Problem {
  const refusal = asSignInRefusal(error);
  if (refusal.code !== 'invalid_credentials' && refusal.code !== 'invalid_request') return refusal;
  return new Problem('invalid_passkey', 422, refusal.message, { cause: error });
}
