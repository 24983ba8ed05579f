import { join } from 'node:path';
import { uuidBytes } from '@guichet/database';
import { openPeer } from '@guichet/http';
import type { Connection } from 'mysql2/promise';
import type { BenchBank } from './bench-bank.ts';
import { measurePages, type Page, type PageMeasured } from './measure-pages.ts';
import { type BenchAccount, seedWaitingTransfers } from './seed.ts';
import { seedVolume } from './seed-volume.ts';

const DAY_MS = 86_400_000;
const BUSY_ENTRIES = 20_000;

/**
 * Creates `stored` operations over ninety days. 300 of them are pending, the rest is posted; a few of the oldest have a rare type, and one
 * account has 20,000 more entries than the others.
 */
export async function seedLists(
  { database }: BenchBank,
  accounts: readonly BenchAccount[],
  stored: number,
  say: (text: string) => void,
): Promise<void> {
  const rounds = Math.ceil(stored / accounts.length);
  await seedVolume(database, stored, say, Math.floor((90 * DAY_MS) / (rounds + 1)));
  await database.query(
    "UPDATE operations SET type = 'close_account', amount = NULL WHERE type = 'external_transfer' ORDER BY id LIMIT 20",
  );
  await seedWaitingTransfers(database, accounts, 300, 'uniform');
  await seedBusyHistory(database, accounts[1]?.id ?? '');
  await database.query('ANALYZE TABLE accounts, operations, transfers, entries, decisions');
}

async function seedBusyHistory(database: Connection, accountId: string): Promise<void> {
  await database.query(
    `INSERT INTO entries (transfer_id, account_id, number, type, amount, balance_after, reference, posted_at)
     SELECT transfer_id, ?, 1000000 + ROW_NUMBER() OVER (ORDER BY posted_at, transfer_id), type, amount, 0, reference, posted_at
     FROM (SELECT * FROM entries WHERE number > 1 AND amount < 0 ORDER BY posted_at DESC, transfer_id DESC LIMIT ${BUSY_ENTRIES}) past`,
    [uuidBytes(accountId)],
  );
}

/** Requests each list of accounts over HTTP, as its user would. */
export async function measureLists(
  bench: BenchBank,
  accounts: readonly BenchAccount[],
  report: (measured: PageMeasured) => void,
): Promise<PageMeasured[]> {
  const { bank, folder, agents, members } = bench;
  const peer = openPeer('accounts', `https://127.0.0.1:${bank.settings.ports.accounts}`, {
    TLS_DIRECTORY: join(folder, 'tls', 'frontend'),
  });
  const agent = agents[0]?.token ?? '';
  const day = (daysAgo: number) => new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10);
  const [, busy, quiet] = accounts;
  const owner = members.find(({ id }) => id === quiet?.ownerId);
  const inbox = (query: string) => ({ path: `/api/operations?${query}`, token: agent });
  const history = (account: BenchAccount | undefined, query: string) => ({
    path: `/api/accounts/${account?.id}/transactions?${query}`,
    token: agent,
  });
  const lists: Record<string, Page> = {
    'inbox: pending': inbox('status=pending'),
    'inbox: all': inbox(''),
    'inbox: posted': inbox('status=posted'),
    'inbox: a frequent type': inbox('type=VIREMENT'),
    'inbox: a rare type, long ago': inbox('type=close_account'),
    'inbox: a type without operations': inbox('type=reversal'),
    'inbox: a week two months ago': inbox(`from=${day(67)}&to=${day(60)}`),
    'inbox: posted in that week': inbox(`status=posted&from=${day(67)}&to=${day(60)}`),
    'inbox: of one account': inbox(`account=${quiet?.id}`),
    'inbox: of one member, by id': inbox(`requester=${owner?.id}`),
    'inbox: of one member, by name': inbox(`requester=${owner?.username}`),
    'inbox: of one member, pending': inbox(`requester=${owner?.id}&status=pending`),
    'own operations': { path: '/api/operations', token: owner?.token ?? '' },
    'history: all': history(quiet, ''),
    'history: a month': history(quiet, `from=${day(60)}&to=${day(31)}`),
    'history: credits': history(quiet, 'direction=credit'),
    'history: amounts and a text': history(quiet, 'min_amount=1&max_amount=5&q=invoice'),
    'history: a text without matches': history(quiet, 'q=nothing+like+it'),
    'history of 20,000: all': history(busy, ''),
    'history of 20,000: a month': history(busy, `from=${day(60)}&to=${day(31)}`),
    'history of 20,000: credits': history(busy, 'direction=credit'),
    'history of 20,000: a text without matches': history(busy, 'q=nothing+like+it'),
    'accounts: a page of all': { path: '/api/accounts', token: agent },
    'accounts: by name': { path: '/api/accounts?q=Account+77', token: agent },
    'balance two months ago': {
      path: `/api/accounts/${quiet?.id}/balance?at=${day(60)}`,
      token: agent,
    },
  };
  try {
    return await measurePages(peer, lists, report);
  } finally {
    await peer.close();
  }
}
