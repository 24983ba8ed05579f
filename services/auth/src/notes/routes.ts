import { IdParams, listOf, paging } from '@guichet/contract';
import { NewNote, type Note, NoteView } from '@guichet/contract/auth';
import { problems } from '@guichet/errors';
import { created, ok, type Route, route, token } from '@guichet/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { pageOf, requestedPage } from '../paging.ts';
import { findSupervisedUser } from '../users/find-user.ts';
import { addNote } from './add-note.ts';
import { listNotes, type SignedNote } from './store.ts';

export function noteRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/auth/users/:id/notes',
      summary: 'List the notes about a customer, newest first',
      access: token({ scope: 'users:manage', roles: ['agent', 'superuser'] }),
      params: IdParams,
      query: z.strictObject(paging),
      replies: { 200: listOf(NoteView) },
      handle: async ({ caller, params, query }) => {
        const user = await findSupervisedUser(deps, caller, params.id);
        if (user.role !== 'member') throw problems.not_found();
        return ok(pageOf(await listNotes(deps.db, user.id, requestedPage(query)), query.limit, viewNote));
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/users/:id/notes',
      summary: 'Add a note about a customer',
      access: token({ scope: 'users:manage', roles: ['agent'] }),
      params: IdParams,
      body: NewNote,
      idempotent: true,
      replies: { 201: NoteView },
      refusals: [refuse.idempotency_key_reused],
      handle: async (request) => {
        const { params, body, caller, idempotencyKey: key } = request;
        const newNote = { userId: params.id, text: body.text, key };
        const { note, replayed } = await addNote(deps, caller, newNote, request);
        return created(viewNote(note), replayed ? { 'Idempotency-Replayed': 'true' } : {});
      },
    }),
  ];
}

function viewNote(note: SignedNote): Note {
  return {
    id: note.id,
    text: note.text,
    author: { id: note.author_id, username: note.author_username },
    created_at: note.created_at.toISOString(),
  };
}
