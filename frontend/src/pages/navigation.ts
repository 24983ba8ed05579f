import type { Role } from '@guichet/contract';

/** An entry of the navigation; `label` is a key under `nav`. Phones show the first four in the bar at the bottom. */
export interface NavigationItem {
  href: string;
  label: string;
  icon: string;
  current: boolean;
  /** How many wait there; null where nothing is counted. */
  count: number | null;
}

const ITEMS: Record<Role, readonly [href: string, label: string, icon: string][]> = {
  member: [
    ['/dashboard', 'overview', 'home'],
    ['/transfers/new', 'transfer', 'transfer'],
    ['/operations', 'operations', 'list'],
    ['/accounts', 'accounts', 'wallet'],
    ['/standing-orders', 'standing_orders', 'repeat'],
    ['/beneficiaries', 'beneficiaries', 'people'],
    ['/logs', 'journal', 'journal'],
    ['/profile', 'profile', 'person'],
    ['/security', 'security', 'shield'],
  ],
  agent: [
    ['/inbox', 'inbox', 'inbox'],
    ['/customers', 'customers', 'people'],
    ['/operations', 'operations', 'list'],
    ['/logs', 'log', 'journal'],
    ['/logs/dashboard', 'activity', 'chart'],
    ['/accounts', 'accounts', 'wallet'],
    ['/payments/batches', 'payments', 'arrow-out'],
    ['/payments/incoming', 'incoming', 'transfer'],
    ['/interest-runs', 'interest_runs', 'percent'],
    ['/reconciliation', 'reconciliation', 'scale'],
    ['/profile', 'profile', 'person'],
    ['/security', 'security', 'shield'],
  ],
  superuser: [
    ['/agents', 'agents', 'badge'],
    ['/customers', 'customers', 'people'],
    ['/products', 'products', 'percent'],
    ['/setup', 'setup', 'pulse'],
    ['/logs', 'log', 'journal'],
    ['/mail', 'mail', 'mail'],
    ['/logs/dashboard', 'activity', 'chart'],
    ['/reconciliation', 'reconciliation', 'scale'],
    ['/profile', 'profile', 'person'],
    ['/security', 'security', 'shield'],
  ],
};

/** Other pages of an entry. */
const PARTS: Readonly<Record<string, RegExp>> = {
  '/payments/incoming': /^\/payments\/(?:suspense|duplicates)/,
};

/** The navigation of a role, with the current entry marked, and what waits: in an agent's inbox, or as emails that couldn't be sent. */
export function navigationFor(role: Role, path: string, waiting: number | null = null): NavigationItem[] {
  const items = ITEMS[role];
  const under = items
    .map(([href]) => href)
    .filter((href) => path === href || path.startsWith(`${href}/`) || PARTS[href]?.test(path) === true)
    .sort((a, b) => b.length - a.length)[0];
  return items.map(([href, label, icon]) => ({
    href,
    label,
    icon,
    current: href === under,
    count: href === '/inbox' || (href === '/mail' && waiting !== 0) ? waiting : null,
  }));
}
