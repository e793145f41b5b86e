import { describe, expect, it } from 'vitest';

import { readDate, readTime, writeDate } from './calendar';

describe('a time of day', () => {
  // O5
  it.each([
    ['8:30', '08:30'],
    [' 08.30 ', '08:30'],
    ['0830', '08:30'],
    ['830', '08:30'],
    ['8', '08:00'],
    ['23:59', '23:59'],
    ['24:00', null],
    ['8:3', null],
    ['8:60', null],
    ['half 9', null],
    ['', null],
  ])('is read from %j', (typed, expected) => {
    expect(readTime(typed)).toBe(expected);
  });
});

describe('a date', () => {
  // O5
  it.each([
    ['31-12-2026', '2026-12-31'],
    ['1/3/26', '2026-03-01'],
    ['1.3.2026', '2026-03-01'],
    ['2026-03-01', '2026-03-01'],
    ['29-2-2028', '2028-02-29'],
    ['31-12', '2026-12-31'],
    ['3-1', '2027-01-03'],
    ['19/11', '2026-11-19'],
    ['29-2-2026', null],
    ['31-4-2026', null],
    ['12-31-2026', null],
    ['morgen', null],
    ['', null],
  ])('is read from %j', (typed, expected) => {
    expect(readDate(typed, '2026-11-19')).toBe(expected);
    if (expected) expect(readDate(writeDate(expected))).toBe(expected);
  });
});
