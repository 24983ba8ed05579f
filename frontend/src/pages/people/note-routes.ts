import type { PageContext } from '../../request-context.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import { field, idempotencyKey, missingFields, openForm } from '../form.ts';
import type { FormView } from '../form-view.ts';
import { idParam } from '../ids.ts';
import { openList } from '../lists/open-list.ts';
import { asRefusal, currentUser, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { settle } from '../settle.ts';
import { findPerson } from './load-person.ts';

/** The page of all notes shows the others. */
const NEWEST = 3;

/** The newest notes about a customer, and the form for another one, for those who may write it; null while they can't be loaded. */
export async function loadNotes(ctx: PageContext, id: string) {
  const page = await settle(ctx, 'notes', ctx.state.api.auth.notes(id, { limit: NEWEST }));
  return page && { items: page.items, hasMore: page.next !== null, form: noteForm(ctx, id) };
}

/** What agents note about a customer. */
export function notePages() {
  const router = pageRouter();

  router.get('/customers/:id/notes', requireRole('agent', 'superuser'), (ctx) =>
    showNotes(ctx, idParam(ctx), noteForm(ctx, idParam(ctx))),
  );

  router.post('/customers/:id/notes', requireRole('agent'), async (ctx) => {
    const id = idParam(ctx);
    const refuse = (problem: Parameters<typeof refuseForm>[1]) =>
      refuseForm(ctx, problem, (form) => showNotes(ctx, id, form));
    const errors = missingFields(ctx, 'text');
    if (Object.keys(errors).length > 0) return refuse({ errors });
    // Browsers send line breaks as CR LF, which would count as two characters.
    const text = field(ctx, 'text').replaceAll('\r\n', '\n');
    try {
      await ctx.state.api.auth.addNote(id, { text }, idempotencyKey(ctx));
      await finishForm(ctx, `/customers/${id}#notes`, { kind: 'success', key: 'notices.note_added' });
    } catch (error) {
      await refuse({ refusal: asRefusal(error) });
    }
  });

  return router;
}

function noteForm(ctx: PageContext, id: string): FormView | null {
  return currentUser(ctx).role === 'agent' ? openForm(ctx, `/customers/${id}/notes`) : null;
}

async function showNotes(ctx: PageContext, id: string, form: FormView | null): Promise<void> {
  const list = openList(ctx, 'notes', `/customers/${id}/notes`);
  const [person, notes] = await Promise.all([
    findPerson(ctx, ['member'], id),
    ctx.state.api.auth.notes(id, { limit: list.limit, cursor: list.cursor }),
  ]);
  const nextPage = list.nextHref(notes.next);
  render(ctx, 'person-notes.njk', { person, notes: notes.items, form, list, nextPage });
}
