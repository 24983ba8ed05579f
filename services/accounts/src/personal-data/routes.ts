import { IdParams } from '@guichet/contract';
import { PersonalDataPageView, PersonalDataQuery } from '@guichet/contract/personal-data';
import { ok, peer, route } from '@guichet/http';
import type { Deps } from '../deps.ts';
import { readPersonalData } from './read-personal-data.ts';

export function personalDataRoutes(deps: Deps) {
  return [
    route({
      method: 'GET',
      path: '/internal/people/:id/accounts',
      summary: 'Read a page of what this service holds about a person',
      access: peer('auth'),
      params: IdParams,
      query: PersonalDataQuery,
      replies: { 200: PersonalDataPageView },
      handle: async ({ params, query }) => ok(await readPersonalData(deps, params.id, query.cursor)),
    }),
  ];
}
