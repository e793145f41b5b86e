/** Days and times of day as people type them, and as they are kept. */
import { serverNow } from './server-clock';

/** "08:30" of "8:30", "8.30", "830" or "8"; `null` of anything else. */
export function readTime(text: string): string | null {
  const found = /^\s*(\d{1,2})(?:[:.]?(\d{2}))?\s*$/.exec(text);
  if (!found) return null;
  const [hour, minute] = [Number(found[1]), Number(found[2] ?? 0)];
  return hour < 24 && minute < 60 ? `${two(hour)}:${two(minute)}` : null;
}

/**
 * "2026-12-31" of "31-12-2026", "31/12/26", "31.12.2026" or itself, and of "31-12" the next there is from a day on; `null` of a
 * day that is none.
 */
export function readDate(text: string, from = today()): string | null {
  const kept = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*$/.exec(text);
  if (kept) return dateOf(Number(kept[1]), Number(kept[2]), Number(kept[3]));
  const typed = /^\s*(\d{1,2})[-/. ](\d{1,2})(?:[-/. ](\d{4}|\d{2}))?\s*$/.exec(text);
  if (!typed) return null;
  const [day, month] = [Number(typed[1]), Number(typed[2])];
  if (typed[3]) return dateOf(Number(typed[3].padStart(4, '20')), month, day);
  const year = Number(from.slice(0, 4));
  const next = dateOf(year, month, day);
  return next !== null && next < from ? dateOf(year + 1, month, day) : next;
}

function dateOf(year: number, month: number, day: number): string | null {
  const date = new Date(Date.UTC(year, month - 1, day));
  const is = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return is ? `${year}-${two(month)}-${two(day)}` : null;
}

/** "31-12-2026" of "2026-12-31"; other text as it is. */
export function writeDate(date: string): string {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  return found ? `${found[3]}-${found[2]}-${found[1]}` : date;
}

/** By the calendar of this device and the server's clock. */
export function today(): string {
  const now = new Date(serverNow());
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
