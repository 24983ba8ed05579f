import { PersonalDataView } from '@guichet/contract/personal-data';
import { type Route, route, streamed, token } from '@guichet/http';
import type { Deps } from '../deps.ts';
import { exportProfile } from './export-profile.ts';
import { createExportSlots } from './export-slots.ts';

/** A page of an export takes about a megabyte while its client reads it. */
const EXPORTS_AT_ONCE = 8;

export function personalDataRoutes(deps: Deps): Route[] {
  const slots = createExportSlots(EXPORTS_AT_ONCE, deps.clock);
  return [
    route({
      method: 'GET',
      path: '/api/auth/profile/export',
      summary: 'Download everything that the bank holds about you',
      access: token({ scope: 'profile' }),
      replies: { 200: [PersonalDataView] },
      handle: async (request) => {
        const exported = await exportProfile(deps, slots, request.caller, request, request.clientAborted);
        const day = deps.clock().toISOString().slice(0, 10);
        return streamed('application/json; charset=utf-8', exported, {
          'Content-Disposition': `attachment; filename="personal-data-${day}.json"`,
        });
      },
    }),
  ];
}
