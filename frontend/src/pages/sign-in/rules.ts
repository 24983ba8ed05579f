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
