/** Default settings and display of the overview (L2), and comparison of filters. */
import type { Display } from '$lib/bindings/Display';
import type { Only } from '$lib/bindings/Only';
import type { Settings } from '$lib/bindings/Settings';

export const NOTHING_LEFT_OUT: Only = { organisation: null, kind: null, item_type: null, mentioned: false };

export const DISPLAY: Display = {
  order: 'latest',
  only: NOTHING_LEFT_OUT,
  density: 'normal',
  without_preview: false,
};

/** Settings of a device before the user changes any. */
export const SETTINGS: Settings = {
  language: 'nl',
  theme: 'system',
  enter_breaks: false,
  display: DISPLAY,
  telling: 'who',
  silent: false,
};

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
