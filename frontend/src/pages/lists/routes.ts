import { problems } from '@guichet/errors';
import { redirectTo, signedIn } from '../page.ts';
import { pageRouter } from '../router.ts';
import { LISTS, listAt } from './filters.ts';
import { searchedAddress } from './open-list.ts';

/** The search forms of all lists. They are sent by POST, so that no address has what was typed; the list decides who may see it. */
export function searchPages() {
  const router = pageRouter();
  for (const path of Object.values(LISTS).flatMap(({ paths }) => paths)) {
    router.post(path, signedIn, (ctx) => {
      const name = listAt(ctx.path);
      if (name === null) throw problems.not_found();
      redirectTo(ctx, searchedAddress(ctx, name));
    });
  }
  return router;
}
