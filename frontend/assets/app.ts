import { offerToCopy } from './copy.ts';
import { openDialogs } from './dialogs.ts';
import { helpWithForms } from './forms.ts';
import { watchForIdleness } from './idle.ts';
import { runInbox } from './inbox.ts';
import { followNews } from './live/follow-news.ts';
import { loadMoreInPlace } from './load-more.ts';
import { closeMenus } from './menus.ts';
import { offerToShare } from './share.ts';
import { keepToastsOutOfTheWay } from './toasts.ts';

// Progressive enhancement: every page works without this script. Parts of a page are loaded again, so listeners are on the document, never
// on an element inside one.

document.documentElement.classList.add('has-script');
keepToastsOutOfTheWay();
closeMenus();
openDialogs();
offerToCopy();
offerToShare();
helpWithForms();
followNews();
watchForIdleness();
runInbox();
loadMoreInPlace();

/** [data-print] prints the page. */
document.addEventListener('click', (event) => {
  if ((event.target as Element).closest('button[data-print]') !== null) window.print();
});
