import type { PageContext } from '../../request-context.ts';
import { field } from '../form.ts';
import { idParam } from '../ids.ts';
import { asRefusal, redirectTo, refusalNotice, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { openInbox } from './inbox-list.ts';

/** Decisions on registrations, in the inbox. */
export function registrationDecisionPages() {
  const router = pageRouter();
  const isAgent = requireRole('agent');

  router.post('/inbox/registrations/:id/activate', isAgent, (ctx) =>
    decide(ctx, 'user_activate', (id) =>
      // The name that the agent was shown: auth refuses if it was changed meanwhile.
      ctx.state.api.auth.activateUser(id, {
        first_name: field(ctx, 'first_name') || null,
        last_name: field(ctx, 'last_name') || null,
      }),
    ),
  );

  router.post('/inbox/registrations/:id/reject', isAgent, (ctx) =>
    decide(ctx, 'user_reject', (id) =>
      ctx.state.api.auth.changeUserStatus(id, 'reject', field(ctx, 'reason') || undefined),
    ),
  );

  return router;
}

async function decide(
  ctx: PageContext,
  notice: 'user_activate' | 'user_reject',
  action: (id: string) => Promise<{ username: string }>,
): Promise<void> {
  const back = openInbox(ctx).href({ tab: 'registrations' });
  try {
    const { username } = await action(idParam(ctx));
    redirectTo(ctx, back, { kind: 'success', key: `notices.${notice}`, values: { name: username } });
  } catch (error) {
    redirectTo(ctx, back, refusalNotice(asRefusal(error)));
  }
}
