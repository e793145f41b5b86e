/** The filter of the overview (L2). */
import type { Only } from '$lib/bindings/Only';
import { DEFAULT_SETTINGS } from '$lib/bindings/setting-values';

export const NOTHING_LEFT_OUT: Only = DEFAULT_SETTINGS['overview.only'];

export function sameOnly(a: Only, b: Only): boolean {
  return (
    a.organisation === b.organisation &&
    a.kind === b.kind &&
    a.item_type === b.item_type &&
    a.mentioned === b.mentioned
  );
}

/** Whether a filter leaves anything out. */
export function isFiltered(only: Only): boolean {
  return !sameOnly(only, NOTHING_LEFT_OUT);
}
