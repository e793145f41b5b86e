/** Names, moments and numbers as they are written in the language of the screen. */
import type { Name } from '$lib/bindings/Name';
import { m } from '$lib/paraglide/messages';
import { getLocale } from '$lib/paraglide/runtime';

import { isolate } from './isolate';
import { clock } from './clock.svelte';
import { firstGraphemes } from './graphemes';

const DAY = 24 * 60 * 60_000;

/** Each holds the zone that held when it was made. */
const formats = new Map<string, Intl.DateTimeFormat>();
clock.onChange(() => formats.clear());

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  clock.now();
  const language = getLocale() === 'en' ? 'en-GB' : 'nl-NL';
  const key = `${language} ${JSON.stringify(options)}`;
  const there = formats.get(key) ?? new Intl.DateTimeFormat(language, options);
  formats.set(key, there);
  return there;
}

/** "Anna van den Berg" */
export function fullName(name: Name): string {
  return [name.given, name.prefix, name.family].filter(Boolean).join(' ');
}

/** Parts of one line, each kept from turning the others. */
export function together(...parts: (string | null | undefined)[]): string {
  return parts
    .filter((one) => one !== null && one !== undefined && one !== '')
    .map((one) => isolate(one as string))
    .join(', ');
}

/** "Thuiszorg Maasdal, Team Oost"; once where the unit is the organisation's head office, which bears its name. */
export function place(card: { organisation_name: string; unit_name: string }): string {
  const { organisation_name: organisation, unit_name: unit } = card;
  return together(organisation, unit === organisation ? null : unit);
}

/** "14:32"; of an hour that comes twice also which one: "02:30 zomertijd". */
export function time(at: number): string {
  const clock = format({ hour: '2-digit', minute: '2-digit' }).format(at);
  return which(at)(clock);
}

const HOUR = 60 * 60_000;

/** Minutes east of Greenwich. */
function offset(at: number): number {
  return -new Date(at).getTimezoneOffset();
}

/** The addition to a time of day that comes twice on its day, as when the clock is put back; otherwise nothing. */
function which(at: number): (time: string) => string {
  const [before, after] = [offset(at - 3 * HOUR), offset(at + 3 * HOUR)];
  const back = (before - after) * 60_000;
  const now = offset(at);
  const first = now === before && offset(at + back) === after;
  const second = now === after && offset(at - back) === before;
  if (back <= 0 || !(first || second)) return (time) => time;
  const year = new Date(at).getFullYear();
  const usual = Math.min(offset(Date.UTC(year, 0, 1)), offset(Date.UTC(year, 6, 1)));
  if (after !== usual || back !== HOUR) return (time) => m.time_in_zone({ time, zone: zoneOf(now) });
  return first ? (time) => m.time_summer({ time }) : (time) => m.time_winter({ time });
}

/** "UTC+2", "UTC+5:30" */
function zoneOf(minutes: number): string {
  const [whole, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? '-' : '+'}${whole}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`;
}

function startOfDay(at: number): number {
  const day = new Date(at);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

export function sameDay(a: number, b: number): boolean {
  clock.now();
  return startOfDay(a) === startOfDay(b);
}

/** How many midnights ago. */
function daysAgo(at: number, now: number): number {
  return Math.round((startOfDay(now) - startOfDay(at)) / DAY);
}

/** The year, where it is not this one: a day of another could be taken for one of this year. */
function year(at: number, now: number): Intl.DateTimeFormatOptions {
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' };
}

/** "16 november", and with the year when it is another one. */
function dayAndMonth(at: number, now: number): string {
  return format({ day: 'numeric', month: 'long', ...year(at, now) }).format(at);
}

/** "Vandaag", "Gisteren", "maandag 16 november", and with the year when it is another one. */
export function day(at: number, now = clock.now()): string {
  const ago = daysAgo(at, now);
  if (ago === 0) return m.today();
  if (ago === 1) return m.yesterday();
  return date(at, now);
}

/** As short as can be and still clear: "14:32", "gisteren", "ma", "16 nov", "16-11-2024". */
export function brief(at: number, now = clock.now()): string {
  const ago = daysAgo(at, now);
  if (ago === 0) return time(at);
  if (ago === 1) return m.yesterday_brief();
  if (ago > 0 && ago < 7) return format({ weekday: 'short' }).format(at);
  if (!year(at, now).year) return format({ day: 'numeric', month: 'short' }).format(at);
  return format({ day: '2-digit', month: '2-digit', year: 'numeric' }).format(at);
}

/** "ma" */
export function weekdayShort(at: number): string {
  return format({ weekday: 'short' }).format(at);
}

/** A day of the week by its place, Monday being 0: "ma", "maandag". */
export function dayName(place: number, style: 'short' | 'long'): string {
  // The first of January 2024 was a Monday.
  return format({ weekday: style }).format(new Date(2024, 0, 1 + place, 12));
}

/** "di 15 dec", and with the year when it is another one. */
export function shortDay(at: number, now = clock.now()): string {
  return format({ weekday: 'short', day: 'numeric', month: 'short', ...year(at, now) }).format(at);
}

/** "14:32" today, else with its day: "gisteren 14:32", "16 november 14:32", "16 november 2024 14:32". */
export function moment(at: number, now = clock.now()): string {
  const ago = daysAgo(at, now);
  if (ago === 0) return time(at);
  return `${ago === 1 ? m.yesterday_brief() : dayAndMonth(at, now)} ${time(at)}`;
}

/** The same in a sentence: "om 14:32", "gisteren om 14:32", "16 november om 14:32". */
export function atMoment(at: number, now = clock.now()): string {
  const ago = daysAgo(at, now);
  const clockTime = m.at_time({ time: time(at) });
  if (ago === 0) return clockTime;
  return `${ago === 1 ? m.yesterday_brief() : dayAndMonth(at, now)} ${clockTime}`;
}

/** In a sentence that begins with something else: "vandaag om 14:32", "gisteren om 14:32", "op 16 november om 14:32". */
export function onMoment(at: number, now = clock.now()): string {
  const ago = daysAgo(at, now);
  const clockTime = m.at_time({ time: time(at) });
  if (ago === 0) return m.on_today({ at: clockTime });
  if (ago === 1) return `${m.yesterday_brief()} ${clockTime}`;
  return m.on_day({ day: dayAndMonth(at, now), at: clockTime });
}

/** "maandag 16 november 2026 om 14:32": for tips and for those who listen. */
export function whole(at: number): string {
  return which(at)(format({ dateStyle: 'full', timeStyle: 'short' }).format(at));
}

/** "3 dagen", "1 uur", "12 minuten": about how long. */
export function span(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  const [number, unit] =
    minutes < 60
      ? [minutes, 'minute']
      : minutes < 48 * 60
        ? [Math.round(minutes / 60), 'hour']
        : [Math.round(minutes / (24 * 60)), 'day'];
  const language = getLocale() === 'en' ? 'en-GB' : 'nl-NL';
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(number);
}

/** "maandag 16 november", and with the year when it is another one. */
export function date(at: number, now = clock.now()): string {
  return format({ weekday: 'long', day: 'numeric', month: 'long', ...year(at, now) }).format(at);
}

export function count(number: number): string {
  return new Intl.NumberFormat(getLocale() === 'en' ? 'en-GB' : 'nl-NL').format(number);
}

/** "2,4 MB": in units of a thousand, as the system shows it. */
export function fileSize(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  const at = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** at;
  return new Intl.NumberFormat(getLocale() === 'en' ? 'en-GB' : 'nl-NL', {
    style: 'unit',
    unit: units[at] ?? 'byte',
    unitDisplay: at === 0 ? 'long' : 'short',
    maximumFractionDigits: at > 1 && value < 100 ? 1 : 0,
  }).format(value);
}

/** "41%" of a whole; never more than it. */
export function percent(part: number, whole: number): string {
  const language = getLocale() === 'en' ? 'en-GB' : 'nl-NL';
  const share = Math.min(1, part / Math.max(1, whole));
  return new Intl.NumberFormat(language, { style: 'percent' }).format(Math.floor(share * 100) / 100);
}

/** "Bram, Fatima en Noor" */
export function list(names: string[]): string {
  return new Intl.ListFormat(getLocale() === 'en' ? 'en-GB' : 'nl-NL').format(names.map(isolate));
}

/** The same, with the rest as a number: "Bram, Fatima en 12 anderen"; of `all`, where not everyone is named. */
export function listUpTo(names: string[], most: number, all = names.length): string {
  const named = names.slice(0, most);
  if (named.length === 0 || all <= named.length) return list(named);
  return list([...named, m.others({ count: all - named.length })]);
}

/** So much of a text as is needed to know it again, up to a word: "Verantwoordelijkheidsverdeling en …" */
export function shortened(text: string, most: number): string {
  const cut = firstGraphemes(text, most);
  if (cut.length === text.length) return text;
  const word = cut.lastIndexOf(' ');
  return `${(word > cut.length / 2 ? cut.slice(0, word) : cut).trimEnd()} …`;
}
