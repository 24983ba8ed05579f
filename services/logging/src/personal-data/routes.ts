import { IdParams } from '@guichet/contract';
import { PersonalDataPageView, PersonalDataQuery } from '@guichet/contract/personal-data';
import { ok, peer, type Route, route } from '@guichet/http';
import type { Deps } from '../deps.ts';
import { readPersonalData } from './read-personal-data.ts';

export function personalDataRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/internal/people/:id/log',
      summary: 'Read a page of the entries that a person may read about themselves',
      access: peer('auth'),
      params: IdParams,
      query: PersonalDataQuery,
      replies: { 200: PersonalDataPageView },
      handle: async ({ params, query }) => ok(await readPersonalData(deps.db, params.id, query)),
    }),
  ];
}
