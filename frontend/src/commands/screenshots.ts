import { drawPages } from '../testing/draw-pages.ts';

// `npm run screenshots`; with names of pages (`npm run screenshots -- dashboard inbox`), only these.
await drawPages(process.argv.slice(2));
