import { loadTranslations } from '../src/i18n.ts';
import { sparkline } from '../src/pages/dashboard/sparkline.ts';
import { navigationFor } from '../src/pages/navigation.ts';
import type { Assets } from '../src/rendering/assets.ts';
import { createViews } from '../src/rendering/views.ts';
import { buildAccount, buildEntries, buildOperation, buildUser } from '../src/testing/fixtures.ts';

// How many pages one core renders per second: a dashboard with fifty rows. Run: node frontend/bench/render.ts

const SECONDS = Number(process.argv[2] ?? 3);
const TARGET_PER_SECOND = 500;

const assets: Assets = { href: (name) => `/assets/${name}`, serve: (_ctx, next) => next() };
const views = createViews(await loadTranslations(), assets, {
  bankName: 'Guichet',
  timeZone: 'Europe/Paris',
  idleMinutes: 15,
  publicUrl: 'http://localhost:8080',
});
const owner = buildUser('alice', 'member');
const accounts = [1, 2, 3].map((number) => buildAccount(number, owner));
const [household = buildAccount(1, owner)] = accounts;
const entries = buildEntries(50, household);
const balances = entries.map((entry) => entry.balance_after);
const page = {
  accounts: accounts.map((account) => ({ ...account, sparkline: sparkline(balances) })),
  totals: [{ currency: 'EUR', balance: 1_732_317, held: 84_000, available: 1_648_317 }],
  attention: {
    waiting: [1, 2, 3].map((number) => ({ ...buildOperation(number, owner), reserves: true })),
    refused: [],
    otherReserved: [],
  },
  recent: entries.map((entry) => ({
    ...entry,
    account: household,
    href: `/operations/${entry.operation_id}`,
  })),
  user: { ...owner, name: 'Alice Martin', firstName: 'Alice' },
  csrf: 'token',
  path: '/dashboard',
  returnTo: '/dashboard',
  notices: [],
  navigation: navigationFor('member', '/dashboard'),
};

let bytes = 0;
/** Measured in CPU time, so that other processes don't matter. */
function drawFor(milliseconds: number): number {
  let drawn = 0;
  const before = process.cpuUsage();
  const spentMs = (): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  while (spentMs() < milliseconds) {
    bytes = views.render('fr', 'dashboard.njk', page).length;
    drawn += 1;
  }
  return drawn / (spentMs() / 1000);
}

drawFor(1_000);
const perSecond = Math.round(drawFor(SECONDS * 1000));
console.log(
  `${perSecond} pages of ${Math.round(bytes / 1024)} KiB a second on one core (at least ${TARGET_PER_SECOND})`,
);
if (perSecond < TARGET_PER_SECOND) process.exitCode = 1;
