import { describe, expect, it } from 'vitest';

import type { Row } from '$lib/bindings/Row';

import { timelineItems, isAtEnd, lastSeen, type Measured } from './timeline-layout';

const NOON = new Date('2026-11-19T12:00:00').getTime();
const MINUTE = 60_000;

function said(number: number | null, by: string, at: number): Row {
  return {
    row: 'message',
    message: `bericht-${number ?? 'nieuw'}`,
    number,
    author: { membership: by, name: by, function: '', organisation: '', me: false, outside: false },
    at,
    written_at: null,
    body: { body: 'said', spans: [], text: { body: '' } },
    attachments: [],
    quote: null,
    urgent: null,
    edited: false,
    state: { state: 'accepted' },
    may_reply: true,
    may_edit: false,
    may_delete: false,
    may_withdraw: false,
    mentions: [],
  };
}

/** A list in which every row is 100 pixels high, in a window of 300. */
function measured(count: number): Measured {
  return {
    findItemIndex: (offset) => Math.min(Math.floor(offset / 100), count - 1),
    getItemOffset: (index) => index * 100,
    getItemSize: () => 100,
    getViewportSize: () => 300,
  };
}

describe('the items of a timeline', () => {
  it('puts messages of one author within ten minutes under one name', () => {
    const items = timelineItems(
      [said(1, 'bram', NOON), said(2, 'bram', NOON + 5 * MINUTE), said(3, 'bram', NOON + 20 * MINUTE)],
      null,
    );
    expect(items.map((item) => [item.first, item.last])).toEqual([
      [true, false],
      [false, true],
      [true, true],
    ]);
  });

  it('begins a day where one begins, also after a place that is missing', () => {
    const yesterday = NOON - 24 * 60 * MINUTE;
    const items = timelineItems(
      [
        said(1, 'bram', yesterday),
        { row: 'missing', range: { from: 2, to: 4 } },
        said(5, 'bram', yesterday),
        said(6, 'bram', NOON),
      ],
      null,
    );
    expect(items.map((item) => item.day)).toEqual([yesterday, null, null, NOON]);
  });

  it('begins no day with what was not sent: it stands at the end, whenever it was written', () => {
    const yesterday = NOON - 24 * 60 * MINUTE;
    const rows = [said(8, 'bram', NOON), said(null, 'anna', yesterday), said(null, 'anna', NOON)];
    const items = timelineItems(rows, null);
    expect(items.map((item) => item.day)).toEqual([NOON, null, null]);
    expect(items.map((item) => item.first)).toEqual([true, true, true]);
  });

  // L5
  it('has one divider, before the first unread message, which stands under a name of its own', () => {
    const items = timelineItems([said(1, 'bram', NOON), said(2, 'bram', NOON), said(3, 'bram', NOON)], 2);
    expect(items.map((item) => item.unread)).toEqual([false, true, false]);
    expect(items[1]?.first).toBe(true);
  });
});

describe('how far one has read', () => {
  const items = timelineItems(
    [1, 2, 3, 4, 5].map((number) => said(number, 'bram', NOON + number * 20 * MINUTE)),
    null,
  );

  it('is the last message that stood on the screen to its end', () => {
    expect(lastSeen(items, measured(5), 0)).toBe(3);
    expect(lastSeen(items, measured(5), 150)).toBe(4);
    expect(lastSeen(items, measured(5), 200)).toBe(5);
  });

  it('does not go past what waits to be sent, nor over what is not on the device', () => {
    const waiting = timelineItems([said(7, 'bram', NOON), said(null, 'anna', NOON)], null);
    expect(lastSeen(waiting, measured(2), 0)).toBe(7);
    const gap = timelineItems([said(7, 'bram', NOON), { row: 'missing', range: { from: 8, to: 9 } }], null);
    expect(lastSeen(gap, measured(2), 0)).toBeNull();
  });

  it('is unknown while nothing is shown', () => {
    expect(lastSeen(items, { ...measured(5), getViewportSize: () => 0 }, 0)).toBeNull();
  });
});

describe('the end of a timeline', () => {
  const at = (top: number, size = 1000, height = 300) => ({ top, height, size });

  // L5
  it('is left with the first pixel, and before that by turning away', () => {
    expect(isAtEnd(true, at(700), at(695), false)).toBe(false);
    expect(isAtEnd(false, at(700), at(700), true)).toBe(false);
    expect(isAtEnd(true, at(700), at(500), false)).toBe(false);
  });

  // L5
  it('is reached by coming near to it', () => {
    expect(isAtEnd(false, at(500), at(670), false)).toBe(true);
    expect(isAtEnd(false, at(500), at(600), false)).toBe(false);
    expect(isAtEnd(false, at(695), at(700), true)).toBe(true);
  });

  // L5
  it('is kept while rows are measured, and while the window is made larger', () => {
    expect(isAtEnd(true, at(700), at(690, 990), false)).toBe(true);
    expect(isAtEnd(true, at(700), at(600, 1000, 400), false)).toBe(true);
    expect(isAtEnd(true, at(700), at(700, 1020), false)).toBe(true);
    expect(isAtEnd(true, at(700, 990), at(690, 990), false)).toBe(true);
  });
});
