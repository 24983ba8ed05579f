import type { Beneficiary, Operation } from '@guichet/contract/accounts';

/** A payee that the form offers. `id` is that of the saved payee, or of the latest transfer to them. */
export interface KnownPayee {
  id: string;
  name: string;
  iban: string;
}

/** The payees of recent transfers, latest first, then the saved ones by name; each account once, under the name that was saved. */
export function knownPayees(
  transfers: readonly Operation[],
  saved: readonly Beneficiary[],
): { recent: KnownPayee[]; others: KnownPayee[] } {
  const byIban = new Map(saved.map((payee) => [payee.iban, payee]));
  const recent = new Map<string, KnownPayee>();
  for (const { id, to, status } of transfers) {
    // An agent may have rejected a transfer because of its payee.
    if (status === 'rejected' || to?.iban == null || recent.has(to.iban)) continue;
    const known = byIban.get(to.iban);
    const name = known?.name ?? to.name;
    if (name != null) recent.set(to.iban, { id: known?.id ?? id, name, iban: to.iban });
  }
  const others = saved
    .filter(({ iban }) => !recent.has(iban))
    .map(({ id, name, iban }) => ({ id, name, iban }))
    .sort((a, b) => a.name.localeCompare(b.name));
  return { recent: [...recent.values()], others };
}
