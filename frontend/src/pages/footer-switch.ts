import type { PageContext } from '../request-context.ts';
import { keepTyped } from './drafts.ts';
import { field } from './form.ts';
import { localPath } from './next-path.ts';

/**
 * What a button in the footer switches to. On a page with a main form, the button sends that form, so that what was typed isn't lost; the
 * choice is in the address then.
 */
export function switchedTo(ctx: PageContext, name: 'language' | 'theme'): string {
  return formOf(ctx) === '' ? field(ctx, name) : textOf(ctx.query.to);
}

/** Where the switch leads back to: the page's main form as it was typed, or the page itself. */
export async function backFromSwitch(
  ctx: PageContext,
  user = ctx.state.session.user?.id ?? null,
): Promise<string> {
  const action = formOf(ctx);
  if (action === '') return localPath(field(ctx, 'next'), '/');
  return keepTyped(ctx, action, user);
}

/** Where forms are sent whose address names the form that was typed into. */
export const SENT_FOR_ANOTHER = ['/language', '/theme', '/session/idle'];

const formOf = (ctx: PageContext): string => localPath(textOf(ctx.query.form), '');

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
