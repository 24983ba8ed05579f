import { loadPage } from './load-page.ts';

/** The most rows that the service returns at once, so that one address can show them again. */
const ROWS_IN_ADDRESS_MAX = 200;

/**
 * The link to the next page ([data-more] names the list) adds its rows to the list instead. It keeps the focus; its neighbour [data-more-status]
 * says how many rows came, or that they didn't: then the link tries again.
 */
export function loadMoreInPlace(): void {
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a[data-more]');
    if (link === null || event.defaultPrevented || event.button !== 0) return;
    // In another tab it is a page of its own.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.ariaBusy !== 'true') void addRows(link);
  });
}

async function addRows(link: HTMLAnchorElement): Promise<void> {
  const { more = '' } = link.dataset;
  const status = link.parentElement?.querySelector<HTMLElement>('[data-more-status]') ?? null;
  const say = (text = ''): void => {
    if (status !== null) status.textContent = text;
  };
  link.ariaBusy = 'true';
  say(status?.dataset.loading);
  const page = await loadPage(link.href);
  link.ariaBusy = null;
  // Meanwhile news may have replaced this part of the page.
  const list = document.getElementById(more);
  if (!link.isConnected || list === null) return;
  if (page === null) return say(status?.dataset.failed);
  const added = page.getElementById(more);
  // The sign-in page, for example.
  if (added === null) return location.assign(link.href);

  const count = append(list, added);
  keepAddress(link.href, count);
  say(((count === 1 ? status?.dataset.one : status?.dataset.other) ?? '').replace('#', String(count)));
  const next = page.querySelector<HTMLAnchorElement>(`a[data-more="${more}"]`);
  if (next !== null) {
    link.href = next.href;
    return;
  }
  const hadFocus = document.activeElement === link;
  link.remove();
  if (hadFocus) status?.focus();
}

/** Adds the rows of one list to another. A day that goes on in it stays one group. Returns how many came. */
function append(list: HTMLElement, added: HTMLElement): number {
  const groupsOf = (element: HTMLElement): HTMLElement[] =>
    element instanceof HTMLTableElement ? [...element.tBodies] : [element];
  let count = 0;
  for (const group of groupsOf(added)) {
    const rows = [...group.children].filter((row) => !row.classList.contains('day-head'));
    count += rows.length;
    const last = groupsOf(list).at(-1);
    if (last !== undefined && last.dataset.day === group.dataset.day) last.append(...rows.map(adopt));
    else list.append(adopt(group));
  }
  return count;
}

const adopt = <Child extends Node>(node: Child): Child => document.adoptNode(node);

/** Makes reload and Back show the same rows, or only the last page of a very long list. */
function keepAddress(href: string, count: number): void {
  const address = new URL(location.href);
  const rows = Number(address.searchParams.get('rows') ?? PAGE_ROWS) + count;
  const next = new URL(href);
  if (rows <= ROWS_IN_ADDRESS_MAX) address.searchParams.set('rows', String(rows));
  history.replaceState(history.state, '', rows <= ROWS_IN_ADDRESS_MAX ? address : next);
}

/** The number of rows of a page, unless its address says otherwise. */
const PAGE_ROWS = 50;
