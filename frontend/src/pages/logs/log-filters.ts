import type { OpenList } from '../lists/open-list.ts';

/** The filters of the log itself; the chart's scale is none. */
export function filtersOfLog({ values }: OpenList<'logs'>) {
  const { bucket: _bucket, ...filters } = values;
  return filters;
}
