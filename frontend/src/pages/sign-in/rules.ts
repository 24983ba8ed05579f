import type { PageContext } from '../../request-context.ts';
import { rawField } from '../form.ts';

/** An error if the password in `name` was typed differently the second time. */
export function passwordsDiffer(ctx: PageContext, name: string): Record<string, string> {
  const isSame = rawField(ctx, name) === rawField(ctx, 'password_again');
  return isSame ? {} : { password_again: 'passwords_differ' };
}
