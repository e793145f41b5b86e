/** Texts for a cache that cannot be opened: what happened, what is safe, what to do (F4). */
import type { UnavailableReason } from '$lib/bindings/UnavailableReason';
import { m } from '$lib/paraglide/messages';

export interface TroubleText {
  what: string;
  safe: string;
  todo: string;
  /** Beginning anew helps: the cache is set aside and fetched again. */
  setAside: boolean;
}

export function troubleText(trouble: UnavailableReason): TroubleText {
  switch (trouble) {
    case 'keychain_locked':
      return {
        what: m.keychain_locked(),
        safe: m.keychain_locked_safe(),
        todo: m.keychain_locked_do(),
        setAside: false,
      };
    case 'keychain_denied':
      return {
        what: m.keychain_denied(),
        safe: m.keychain_denied_safe(),
        todo: m.keychain_denied_do(),
        setAside: false,
      };
    case 'keychain_missing':
      return {
        what: m.keychain_missing(),
        safe: m.keychain_missing_safe(),
        todo: m.keychain_missing_do(),
        setAside: false,
      };
    case 'key_lost':
      return { what: m.key_lost(), safe: m.key_lost_safe(), todo: m.key_lost_do(), setAside: true };
    case 'key_wrong':
      return { what: m.key_wrong(), safe: m.key_wrong_safe(), todo: m.key_wrong_do(), setAside: true };
    case 'key_corrupt':
      return { what: m.key_corrupt(), safe: m.key_corrupt_safe(), todo: m.key_corrupt_do(), setAside: true };
    case 'cache_damaged':
      return {
        what: m.cache_damaged(),
        safe: m.cache_damaged_safe(),
        todo: m.cache_damaged_do(),
        setAside: true,
      };
    case 'cache_newer':
      return { what: m.cache_newer(), safe: m.cache_newer_safe(), todo: m.cache_newer_do(), setAside: true };
    case 'disk_full':
      return { what: m.disk_full(), safe: m.disk_full_safe(), todo: m.disk_full_do(), setAside: false };
    case 'in_use':
      return { what: m.in_use(), safe: m.in_use_safe(), todo: m.in_use_do(), setAside: false };
  }
}
