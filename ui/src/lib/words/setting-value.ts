/** The value of any setting in a few words, for a list of all of them. */
import { m } from '$lib/paraglide/messages';

import { count } from './format';

export function settingValue(value: unknown): string {
  if (value === true) return m.managed_on();
  if (value === false) return m.managed_off();
  if (typeof value === 'number') return count(value);
  if (Array.isArray(value)) return value.length > 0 ? value.map(settingValue).join(', ') : m.managed_none();
  if (typeof value === 'string') return value === '' ? m.managed_none() : value;
  if (typeof value !== 'object' || value === null) return m.managed_none();
  const set = Object.values(value).filter((part) => part !== null && part !== false);
  return set.length > 0 ? set.map(settingValue).join(', ') : m.managed_none();
}
