/** Names, moments and numbers as they are written in the language of the screen. */
import type { Name } from '$lib/bindings/Name';
import { m } from '$lib/paraglide/messages';
import { getLocale } from '$lib/paraglide/runtime';

import { serverNow } from './now';

const DAY = 24 * 60 * 60_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
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

/** "Thuiszorg Maasdal, Team Oost"; once where the unit is the organisation's head office, which bears its name. */
export function place(card: { organisation_name: string; unit_name: string }): string {
  const { organisation_name: organisation, unit_name: unit } = card;
  return unit && unit !== organisation ? `${organisation}, ${unit}` : organisation;
}

/** "14:32" */
export function time(at: number): string {
  return format({ hour: '2-digit', minute: '2-digit' }).format(at);
}

function startOfDay(at: number): number {
  const day = new Date(at);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

export function sameDay(a: number, b: number): boolean {
  return startOfDay(a) === startOfDay(b);
}

/** How many midnights ago. */
function daysAgo(at: number, now: number): number {
  return Math.round((startOfDay(now) - startOfDay(at)) / DAY);
}

/** "Vandaag", "Gisteren", "maandag 16 november", and with the year when it is another one. */
export function day(at: number, now = serverNow()): string {
  const ago = daysAgo(at, now);
  if (ago === 0) return m.today();
  if (ago === 1) return m.yesterday();
  const year =
    new Date(at).getFullYear() === new Date(now).getFullYear() ? {} : ({ year: 'numeric' } as const);
  return format({ weekday: 'long', day: 'numeric', month: 'long', ...year }).format(at);
}

/** As short as can be and still clear: "14:32", "gisteren", "ma", "16 nov", "16-11-2024". */
export function brief(at: number, now = serverNow()): string {
  const ago = daysAgo(at, now);
  if (ago <= 0) return time(at);
  if (ago === 1) return m.yesterday_brief();
  if (ago < 7) return format({ weekday: 'short' }).format(at);
  if (new Date(at).getFullYear() === new Date(now).getFullYear()) {
    return format({ day: 'numeric', month: 'short' }).format(at);
  }
  return format({ day: '2-digit', month: '2-digit', year: 'numeric' }).format(at);
}

/** "14:32" today, else with its day: "gisteren 14:32", "16 november 14:32". */
export function moment(at: number, now = serverNow()): string {
  const ago = daysAgo(at, now);
  if (ago === 0) return time(at);
  if (ago === 1) return `${m.yesterday_brief()} ${time(at)}`;
  return `${format({ day: 'numeric', month: 'long' }).format(at)} ${time(at)}`;
}

/** The same in a sentence: "om 14:32", "gisteren om 14:32", "16 november om 14:32". */
export function atMoment(at: number, now = serverNow()): string {
  const ago = daysAgo(at, now);
  const clock = m.at_time({ time: time(at) });
  if (ago === 0) return clock;
  if (ago === 1) return `${m.yesterday_brief()} ${clock}`;
  return `${format({ day: 'numeric', month: 'long' }).format(at)} ${clock}`;
}

/** "maandag 16 november 2026 om 14:32": for tips and for those who listen. */
export function whole(at: number): string {
  return format({ dateStyle: 'full', timeStyle: 'short' }).format(at);
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

export function date(at: number): string {
  return format({ weekday: 'long', day: 'numeric', month: 'long' }).format(at);
}

export function count(number: number): string {
  return new Intl.NumberFormat(getLocale() === 'en' ? 'en-GB' : 'nl-NL').format(number);
}

const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u;

/** A name that is written from right to left, kept from turning the sentence around it. */
export function apart(name: string): string {
  return RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name;
}

/** "Bram, Fatima en Noor" */
export function list(names: string[]): string {
  return new Intl.ListFormat(getLocale() === 'en' ? 'en-GB' : 'nl-NL').format(names.map(apart));
}

/** The same, with the rest as a number: "Bram, Fatima en 12 anderen"; of `all`, where not everyone is named. */
export function listUpTo(names: string[], most: number, all = names.length): string {
  const named = names.slice(0, most);
  if (named.length === 0 || all <= named.length) return list(named);
  return list([...named, m.others({ count: all - named.length })]);
}

/** So much of a text as is needed to know it again, up to a word: "Verantwoordelijkheidsverdeling en …" */
export function shortened(text: string, most: number): string {
  const letters = [...text];
  if (letters.length <= most) return text;
  const cut = letters.slice(0, most).join('');
  const word = cut.lastIndexOf(' ');
  return `${(word > most / 2 ? cut.slice(0, word) : cut).trimEnd()} …`;
}
