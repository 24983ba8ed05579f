import { render } from '../page.ts';
import { pageRouter } from '../router.ts';

/** Every component in every state, on one page. Only a bank for developers serves it. */
export function styleguidePages() {
  const router = pageRouter();
  router.get('/styleguide', (ctx) => {
    const exampleList = { values: { q: 'rent' }, href: () => '/styleguide' };
    render(ctx, 'styleguide.njk', { now: new Date(), exampleList });
  });
  return router;
}
