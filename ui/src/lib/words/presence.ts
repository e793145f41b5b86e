/** When a colleague works, is away, and who covers, in one line (O5). */
import type { AbsentView } from '$lib/bindings/AbsentView';
import type { BackView } from '$lib/bindings/BackView';
import type { PresenceView } from '$lib/bindings/PresenceView';
import type { Weekday } from '$lib/bindings/Weekday';
import { m } from '$lib/paraglide/messages';

import { clock } from './clock.svelte';
import { dayName, list, shortDay, time, weekdayShort } from './format';
import { isolate } from './isolate';

/** Monday first, as {@link Weekday} has them. */
export const WEEK: Weekday[] = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const DAY = 24 * 60 * 60_000;
/** Days ahead within which a day of the week says which day it is. */
const NEAR = 6;

/** "werkt di en do; terug do 08:30; waarneming: Team Wond"; empty where there is nothing to say. */
export function presenceLine(presence: PresenceView, now = clock.now()): string {
  const { absent, planned, works, note } = presence;
  const parts = [
    absent?.by ? m.presence_absent({ until: dayOf(absent.by.until, now) }) : null,
    works.length > 0 && !absent?.by ? m.presence_works({ days: daysOfWeek(works) }) : null,
    planned && m.presence_planned({ from: dayOf(planned.from, now), until: dayOf(planned.until, now) }),
    backLine(absent, now),
    (absent || planned) && coverLine(presence),
    note ? isolate(note) : null,
  ];
  return parts.filter(Boolean).join('; ');
}

/** The line above a text: "terug do 08:30; waarneming: Team Wond". Empty of somebody who is at work. */
export function absentLine(presence: PresenceView, now = clock.now()): string {
  const { absent } = presence;
  if (!absent) return '';
  const parts = [
    absent.by ? m.presence_absent({ until: dayOf(absent.by.until, now) }) : m.presence_not_now(),
    backLine(absent, now),
    coverLine(presence),
  ];
  return parts.filter(Boolean).join('; ');
}

function coverLine({ cover }: PresenceView): string | null {
  if (!cover) return null;
  const name = isolate(cover.name);
  const away = cover.person?.presence?.absent;
  return away ? m.presence_cover_away({ name }) : m.presence_cover({ name });
}

function backLine(absent: AbsentView | null, now: number): string | null {
  return absent?.back ? m.presence_back({ when: whenBack(absent.back, now) }) : null;
}

/** "do 08:30"; further off "di 15 dec 08:30"; only the day where only that is known. */
function whenBack({ at, date, has_time }: BackView, now: number): string {
  if (!has_time) return dayOf(date, now);
  const ahead = daysAhead(at, now);
  if (ahead === 0) return m.at_time({ time: time(at) });
  return `${ahead <= NEAR ? weekdayShort(at) : shortDay(at, now)} ${time(at)}`;
}

/** A day of a calendar that has no hour: "do"; further off "di 15 dec". */
function dayOf(date: string, now: number): string {
  const at = noonOf(date);
  const ahead = daysAhead(at, now);
  return ahead > 0 && ahead <= NEAR ? weekdayShort(at) : shortDay(at, now);
}

/** By the calendar of this device, whatever the clock does that day. */
function noonOf(date: string): number {
  const [year = 1970, month = 1, day = 1] = date.split('-').map(Number);
  return new Date(year, month - 1, day, 12).getTime();
}

function daysAhead(at: number, now: number): number {
  const midnight = (moment: number) => new Date(moment).setHours(0, 0, 0, 0);
  return Math.round((midnight(at) - midnight(now)) / DAY);
}

/** "di en do", "ma t/m wo en vr", "elke dag". */
export function daysOfWeek(days: Weekday[]): string {
  const places = WEEK.map((day, place) => (days.includes(day) ? place : -1)).filter((place) => place >= 0);
  if (places.length === WEEK.length) return m.every_day();
  const runs: [first: number, last: number][] = [];
  for (const place of places) {
    const run = runs.at(-1);
    if (run && run[1] === place - 1) run[1] = place;
    else runs.push([place, place]);
  }
  const named = runs.flatMap(([first, last]) => {
    const all = Array.from({ length: last - first + 1 }, (_, at) => dayName(first + at, 'short'));
    const [from = '', to = ''] = [all[0], all.at(-1)];
    return all.length >= 3 ? [m.days_through({ from, to })] : all;
  });
  return list(named);
}
