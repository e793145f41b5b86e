/** Filters of a search as they are typed, completed and shown (L4). */
import type { FilterKind } from '$lib/bindings/FilterKind';
import type { SearchFault } from '$lib/bindings/SearchFault';
import type { SearchFilter } from '$lib/bindings/SearchFilter';
import type { Suggestion } from '$lib/bindings/Suggestion';
import { m } from '$lib/paraglide/messages';

import { clock } from './clock.svelte';
import { count, date } from './format';

/** As the engine reads them, in both languages. */
const KINDS: Record<string, FilterKind> = {
  van: 'from',
  from: 'from',
  in: 'in',
  voor: 'before',
  before: 'before',
  na: 'after',
  after: 'after',
  bijlage: 'attachment',
  attachment: 'attachment',
  bestand: 'attachment',
  file: 'attachment',
  onderdeel: 'item',
  item: 'item',
};
const LAST_TOKEN = /(?:^|\s)(\p{L}+):(?:["“„]([^"”]*)|([^\s"“„]*))$/u;

export interface Completing {
  kind: FilterKind;
  /** The value after the colon. */
  typed: string;
  /** The query without it. */
  rest: string;
}

/** The filter that is being typed at the end of a query. */
export function completing(query: string): Completing | null {
  const found = LAST_TOKEN.exec(query);
  const kind = KINDS[found?.[1]?.toLowerCase() ?? ''];
  if (!found || !kind) return null;
  return {
    kind,
    typed: (found[2] ?? found[3] ?? '').replace(/^[@~#]/u, ''),
    rest: query.slice(0, found.index).trimEnd(),
  };
}

/** The name of a filter as one types it in the language of the screen, with its colon. */
export function nameOf(kind: FilterKind): string {
  switch (kind) {
    case 'from':
      return m.filter_name_from();
    case 'in':
      return m.filter_name_in();
    case 'before':
      return m.filter_name_before();
    case 'after':
      return m.filter_name_after();
    case 'attachment':
      return m.filter_name_attachment();
    case 'item':
      return m.filter_name_item();
    default:
      return kind satisfies never;
  }
}

export const FILTER_KINDS: FilterKind[] = ['from', 'in', 'after', 'before', 'attachment', 'item'];

const ISO_DAY = /^\d{4}-\d{2}-\d{2}$/u;

/** "3 maart 2025", or as it was typed. */
function dayOf(day: string): string {
  return ISO_DAY.test(day) ? date(new Date(`${day}T12:00`).getTime()) : day;
}

export function filterLabel(filter: SearchFilter): string {
  switch (filter.filter) {
    case 'from':
      return m.filter_from({ name: filter.name });
    case 'in':
      return m.filter_in({ name: filter.name });
    case 'before':
      return m.filter_before({ day: dayOf(filter.day) });
    case 'after':
      return m.filter_after({ day: dayOf(filter.day) });
    case 'attachment':
      return filter.name ? m.filter_attachment_named({ name: filter.name }) : m.filter_attachment();
    case 'item':
      return m.filter_item({ name: filter.name });
    default:
      return filter satisfies never;
  }
}

export function sameFilter(a: SearchFilter, b: SearchFilter): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

export function faultSentence(fault: SearchFault): string {
  const { typed } = fault;
  switch (fault.fault) {
    case 'no_date':
      return m.fault_no_date({ typed });
    case 'nobody':
      return m.fault_nobody({ typed });
    case 'no_conversation':
      return m.fault_no_conversation({ typed });
    case 'no_item':
      return m.fault_no_item({ typed });
    default:
      return fault satisfies never;
  }
}

function isoDay(at: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** Days that complete a filter on time; what was typed is among them, unless nothing was. */
export function suggestedDays(kind: 'before' | 'after', typed: string): Suggestion[] {
  const now = new Date(clock.now());
  const ago = (days: number) => isoDay(new Date(now.getFullYear(), now.getMonth(), now.getDate() - days));
  const days = [
    { day: ago(0), about: m.today() },
    { day: ago(1), about: m.yesterday() },
    { day: ago(7), about: m.week_ago() },
    { day: ago(30), about: m.month_ago() },
    { day: ago(365), about: m.year_ago() },
  ];
  const wanted = typed.toLowerCase();
  const found = days.filter(
    ({ day, about }) => day.startsWith(wanted) || about.toLowerCase().startsWith(wanted),
  );
  return found.map(({ day, about }) => ({ filter: { filter: kind, day }, about }));
}

/** "1.000+", where there are more than were counted. */
export function hitCount(hits: number, more: boolean): string {
  return more ? m.more_than_counted({ count: count(hits) }) : count(hits);
}
