import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { setLocale } from '$lib/paraglide/runtime';

import { inOwnZone, inZone } from '../../testing/zone';
import { clock } from './clock.svelte';
import { atMoment, brief, date, day, listUpTo, moment, place, shortened, time, whole } from './format';

describe('a text that is shortened', () => {
  // L5
  it('is cut between signs', () => {
    const family = '\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}';
    const flag = '\u{1F1F3}\u{1F1F1}';
    expect(shortened(`abc${family}${flag}`, 4)).toBe(`abc${family} …`);
    expect(shortened(`abc${family}`, 4)).toBe(`abc${family}`);
    expect(shortened('e\u{301}'.repeat(80), 80)).toBe('e\u{301}'.repeat(80));
  });
});

describe('a list of names', () => {
  // U1
  it('says how many more there are, those included that nobody named', () => {
    const names = ['Anna', 'Bram', 'Els', 'Lotte', 'Noor'];
    expect(listUpTo(names, 3)).toBe('Anna, Bram, Els en 2 anderen');
    expect(listUpTo(names, 3, 9)).toBe('Anna, Bram, Els en 6 anderen');
    expect(listUpTo(names.slice(0, 3), 3, 3)).toBe('Anna, Bram en Els');
    expect(listUpTo([], 3, 0)).toBe('');
  });
});

describe('a place', () => {
  // O5
  it('names an organisation once where one works at its head office', () => {
    const organisation_name = 'Thuiszorg Maasdal';
    expect(place({ organisation_name, unit_name: 'Team Oost' })).toBe('Thuiszorg Maasdal, Team Oost');
    expect(place({ organisation_name, unit_name: organisation_name })).toBe('Thuiszorg Maasdal');
    expect(place({ organisation_name, unit_name: '' })).toBe('Thuiszorg Maasdal');
  });
});

describe('a moment', () => {
  /** In the time zone of this place, by the clock on its wall. */
  function at(place: string, now: string) {
    inZone(place);
    vi.setSystemTime(new Date(now));
    clock.look();
  }
  beforeEach(() => at('Europe/Amsterdam', '2026-11-27T12:00:00Z'));
  afterEach(() => {
    inOwnZone();
    clock.look();
    void setLocale('nl', { reload: false });
  });

  const utc = (text: string) => new Date(text).getTime();

  // U3
  it('names the year where it is another one', () => {
    const old = utc('2024-11-19T07:31:00Z');
    expect(moment(old)).toBe('19 november 2024 08:31');
    expect(atMoment(old)).toBe('19 november 2024 om 08:31');
    expect(date(old)).toBe('dinsdag 19 november 2024');
    expect(day(old)).toBe('dinsdag 19 november 2024');
    expect(brief(old)).toBe('19-11-2024');
    expect(whole(old)).toContain('2024');
    expect(moment(utc('2026-11-19T07:31:00Z'))).toBe('19 november 08:31');
  });

  // U3
  it('of the day before New Year is yesterday, and a week before it has its year', () => {
    at('Europe/Amsterdam', '2027-01-01T11:00:00Z');
    expect(moment(utc('2026-12-31T22:59:00Z'))).toBe('gisteren 23:59');
    expect(moment(utc('2026-12-25T10:00:00Z'))).toBe('25 december 2026 11:00');
  });

  // U3
  it('of a day to come is no moment of today, nor of last week', () => {
    expect(brief(utc('2026-11-28T12:00:00Z'))).toBe('28 nov');
    expect(moment(utc('2026-11-28T12:00:00Z'))).toBe('28 november 13:00');
  });

  // U3
  it('in the hour that comes twice says which one', () => {
    const [first, second] = [utc('2026-10-25T00:30:00Z'), utc('2026-10-25T01:30:00Z')];
    expect([time(first), time(second)]).toEqual(['02:30 zomertijd', '02:30 wintertijd']);
    expect(moment(first)).toBe('25 oktober 02:30 zomertijd');
    expect(atMoment(second)).toBe('25 oktober om 02:30 wintertijd');
    expect([whole(first), whole(second)]).toEqual([
      'zondag 25 oktober 2026 om 02:30 zomertijd',
      'zondag 25 oktober 2026 om 02:30 wintertijd',
    ]);
    expect(time(utc('2026-10-25T00:00:00Z'))).toBe('02:00 zomertijd');
    expect(time(utc('2026-10-25T01:59:00Z'))).toBe('02:59 wintertijd');
    // Each minute of that night is said in one way only.
    const said = Array.from({ length: 360 }, (_, minute) =>
      time(utc('2026-10-24T22:00:00Z') + minute * 60_000),
    );
    expect(new Set(said).size).toBe(said.length);
    void setLocale('en', { reload: false });
    expect([time(first), time(second)]).toEqual(['02:30 summer time', '02:30 winter time']);
  });

  // U3
  it('beside that hour, in the hour that is left out and on other days is a time of day', () => {
    for (const [moment, said] of [
      ['2026-10-24T23:59:00Z', '01:59'],
      ['2026-10-25T02:00:00Z', '03:00'],
      ['2026-03-29T00:59:00Z', '01:59'],
      ['2026-03-29T01:00:00Z', '03:00'],
      ['2026-11-25T01:30:00Z', '02:30'],
    ] as const)
      expect(time(utc(moment))).toBe(said);
  });

  // U3
  it('is told apart in zones of another kind, too', () => {
    at('Australia/Lord_Howe', '2026-04-10T00:00:00Z');
    const halfHour = [utc('2026-04-04T14:45:00Z'), utc('2026-04-04T15:15:00Z')];
    expect(new Set(halfHour.map((one) => time(one))).size).toBe(2);
    at('America/New_York', '2026-11-27T12:00:00Z');
    expect(time(utc('2026-11-01T05:30:00Z'))).toBe('01:30 zomertijd');
    expect(time(utc('2026-11-01T06:30:00Z'))).toBe('01:30 wintertijd');
    at('Europe/Moscow', '2014-11-27T12:00:00Z');
    expect(time(utc('2014-10-25T21:30:00Z'))).toBe('01:30 (UTC+4)');
    expect(time(utc('2014-10-25T22:30:00Z'))).toBe('01:30 (UTC+3)');
    at('UTC', '2026-11-27T12:00:00Z');
    expect(time(utc('2026-10-25T00:30:00Z'))).toBe('00:30');
  });

  // U3
  it('is of the zone in which it is looked at', () => {
    const said = utc('2026-11-27T08:00:00Z');
    expect([time(said), whole(said)]).toEqual(['09:00', 'vrijdag 27 november 2026 om 09:00']);
    inZone('America/New_York');
    clock.look();
    expect([time(said), whole(said)]).toEqual(['03:00', 'vrijdag 27 november 2026 om 03:00']);
    expect(day(utc('2026-11-27T02:00:00Z'))).toBe('Gisteren');
  });
});

describe('what is shortened', () => {
  // U1
  it('ends with a whole sign', () => {
    const family = '👨‍👩‍👧‍👦';
    expect(shortened(`ab${family}${family}`, 3)).toBe(`ab${family} …`);
    expect(shortened('🇳🇱🇧🇪', 1)).toBe('🇳🇱 …');
    expect(shortened('e\u0301e\u0301', 1)).toBe('e\u0301 …');
  });
});
