/** The layout of a timeline: its rows grouped by day, by unread, and by runs of one author; and how far it is scrolled. */
import type { Row } from '$lib/bindings/Row';

import { sameDay } from './format';
import { rowEnd, rowKey } from './rows';

/** Messages of one author within this time are one run. */
const RUN = 10 * 60_000;

export interface TimelineItem {
  key: string;
  row: Row;
  /** The day that begins here. */
  day: number | null;
  /** The unread messages begin here. */
  unread: boolean;
  first: boolean;
  last: boolean;
  /** Stands apart from what is before it. */
  spaced: boolean;
}

export function timelineItems(rows: Row[], unreadFrom: number | null): TimelineItem[] {
  const newAt = unreadFrom === null ? -1 : rows.findIndex((row) => (rowEnd(row) ?? -1) >= unreadFrom);
  let earlier: number | null = null;
  const items = rows.map((row, at): TimelineItem => {
    const before = rows[at - 1];
    const moment = momentOf(row);
    const newDay = moment !== null && !(earlier !== null && sameDay(earlier, moment));
    earlier = moment ?? earlier;
    const unread = at === newAt;
    const goesOn = !newDay && !unread && before !== undefined && isRun(before, row);
    return {
      key: rowKey(row),
      row,
      day: newDay ? moment : null,
      unread,
      first: !goesOn,
      last: true,
      spaced: row.row === 'message' && !goesOn,
    };
  });
  items.forEach((item, at) => {
    const next = items[at + 1];
    item.last = !next || next.first || next.row.row !== 'message';
  });
  return items;
}

/** None for what was not sent: it stands at the end, whenever it was written, and begins no day. */
function momentOf(row: Row): number | null {
  return row.row === 'missing' || row.number === null ? null : row.at;
}

function isRun(before: Row, row: Row): boolean {
  return (
    before.row === 'message' &&
    row.row === 'message' &&
    before.author.membership === row.author.membership &&
    Math.abs(row.at - before.at) < RUN
  );
}

/** How far a timeline is scrolled, in pixels. */
export interface ScrollPosition {
  top: number;
  height: number;
  size: number;
}

/** So near to its end is at it. */
const NEAR = 40;

/**
 * Whether one is at the end, and is kept there while rows come and are measured. Who turns away is not, from the first
 * pixel on; `turning` before that.
 */
export function isAtEnd(
  was: boolean,
  before: ScrollPosition,
  now: ScrollPosition,
  turning: boolean,
): boolean {
  const left = now.size - now.top - now.height;
  const by = now.top - before.top;
  if (left > NEAR) return false;
  // At its very end one stands there also when that came nearer: what was measured was less than was thought.
  if (left < 1) return !turning || by > 0;
  const same = now.height === before.height && now.size >= before.size;
  if (by < 0 && same) return false;
  return by > 0 || was;
}

/** The places of the rows in a list, in pixels. */
export interface Measured {
  findItemIndex(offset: number): number;
  getItemOffset(index: number): number;
  getItemSize(index: number): number;
  getViewportSize(): number;
}

/** The last place whose row was seen to its end, when the list was scrolled to `top`. */
export function lastSeen(items: TimelineItem[], list: Measured, top: number): number | null {
  const bottom = top + list.getViewportSize();
  if (list.getViewportSize() === 0) return null;
  let index = Math.min(list.findItemIndex(bottom), items.length - 1);
  while (index >= 0 && list.getItemOffset(index) + list.getItemSize(index) > bottom + 4) index -= 1;
  for (; index >= 0; index -= 1) {
    const item = items[index];
    const end = item ? rowEnd(item.row) : null;
    if (end !== null) return item?.row.row === 'missing' ? null : end;
  }
  return null;
}
