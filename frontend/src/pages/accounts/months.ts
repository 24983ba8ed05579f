const AT_MOST = 24;

/** The months for which there can be a statement, "2026-10" and so on, this one first. */
export function lastMonths(since: string | null, now = new Date()): string[] {
  if (since === null) return [];
  const months: string[] = [];
  let year = now.getUTCFullYear();
  let month = now.getUTCMonth() + 1;
  const first = since.slice(0, 7);
  while (months.length < AT_MOST) {
    const name = `${year}-${String(month).padStart(2, '0')}`;
    if (name < first && months.length > 0) break;
    months.push(name);
    month -= 1;
    if (month === 0) {
      month = 12;
      year -= 1;
    }
  }
  return months;
}
