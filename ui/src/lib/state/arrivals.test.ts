import { describe, expect, it } from 'vitest';

import type { MessageState } from '$lib/bindings/MessageState';
import type { Row } from '$lib/bindings/Row';

import { Arrivals } from './arrivals';

function row(message: string, number: number | null, state: MessageState['state'] = 'accepted'): Row {
  return { row: 'message', message, number, state: { state } } as Row;
}
const announced = (arrivals: Arrivals, rows: Row[], newest: number, atEnd = true) =>
  arrivals.take(rows, newest, atEnd).map((one) => one.message);

describe('what comes in', () => {
  // U1
  it('is announced once, and not what was there before', () => {
    const arrivals = new Arrivals();
    const rows = [row('a', 1), row('b', 2)];
    expect(announced(arrivals, rows, 2)).toEqual([]);
    expect(announced(arrivals, [...rows, row('c', 3), row('d', 4)], 4)).toEqual(['c', 'd']);
    expect(announced(arrivals, [...rows, row('c', 3), row('d', 4)], 4)).toEqual([]);
  });

  // U1, M7
  it('is announced, if the user sent it, once it was accepted or waits', () => {
    const arrivals = new Arrivals();
    expect(announced(arrivals, [row('a', 1), row('earlier', null, 'waiting')], 1)).toEqual([]);
    const rows = [row('a', 1), row('earlier', 2)];
    expect(announced(arrivals, [...rows, row('b', null, 'sending')], 2)).toEqual([]);
    expect(announced(arrivals, [...rows, row('b', 3), row('c', null, 'waiting')], 3)).toEqual(['b', 'c']);
    expect(announced(arrivals, [...rows, row('b', 3), row('c', 4)], 4)).toEqual([]);
  });

  // U1, L5
  it('is not announced for messages that the user scrolls to', () => {
    const arrivals = new Arrivals();
    expect(announced(arrivals, [row('c', 3)], 5, false)).toEqual([]);
    expect(announced(arrivals, [row('b', 2), row('c', 3)], 6, false)).toEqual([]);
    expect(announced(arrivals, [row('c', 3), row('d', 4), row('e', 5), row('f', 6)], 6)).toEqual([]);
  });
});
