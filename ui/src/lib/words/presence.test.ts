import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { PresenceView } from '$lib/bindings/PresenceView';
import { setLocale } from '$lib/paraglide/runtime';

import { inOwnZone, inZone } from '../../testing/zone';
import { clock } from './clock.svelte';
import { absentLine, daysOfWeek, presenceLine } from './presence';

const NOTHING: PresenceView = {
  works: [],
  note: '',
  absent: null,
  planned: null,
  cover: null,
  until: null,
};
const WOND = { name: 'Team Wond', person: null, team: null };

/** Without the marks that keep names from turning their surroundings. */
const bare = (text: string) => text.replace(/[⁦-⁩]/g, '');

describe('the line about a colleague', () => {
  beforeEach(() => {
    inZone('Europe/Amsterdam');
    // A Wednesday.
    vi.setSystemTime(new Date('2026-03-04T10:00:00Z'));
    clock.look();
  });
  afterEach(() => {
    inOwnZone();
    clock.look();
    void setLocale('nl', { reload: false });
  });

  const back = (moment: string, has_time = true) => ({
    at: new Date(moment).getTime(),
    date: moment.slice(0, 10),
    has_time,
  });
  const line = (given: Partial<PresenceView>) => bare(presenceLine({ ...NOTHING, ...given }));

  // O5
  it('says on which days one works, when one is back and who covers', () => {
    const mieke: Partial<PresenceView> = {
      works: ['tuesday', 'thursday'],
      absent: { by: null, back: back('2026-03-05T07:30:00Z') },
      cover: WOND,
    };
    expect(line(mieke)).toBe('werkt di en do; terug do 08:30; waarneming: Team Wond');
    void setLocale('en', { reload: false });
    expect(line(mieke)).toBe('works Tue and Thu; back Thu 08:30; cover: Team Wond');
  });

  // O5
  it('names the date where a day of the week would not say which', () => {
    const on = (moment: string, has_time = true) =>
      line({ absent: { by: null, back: back(moment, has_time) } });
    expect(on('2026-03-04T12:00:00Z')).toBe('terug om 13:00');
    expect(on('2026-03-10T07:30:00Z')).toBe('terug di 08:30');
    expect(on('2026-03-11T07:30:00Z')).toBe('terug wo 11 mrt 08:30');
    expect(on('2027-01-05T07:30:00Z')).toBe('terug di 5 jan 2027 08:30');
    expect(on('2026-03-06T00:00:00Z', false)).toBe('terug vr');
  });

  // O5
  it('says until when one is absent, and a week before that one will be', () => {
    const by = { from: '2026-03-02', until: '2026-03-13' };
    const away = { by, back: back('2026-03-16T07:30:00Z') };
    expect(line({ works: ['monday'], absent: away })).toBe('afwezig t/m vr 13 mrt; terug ma 16 mrt 08:30');
    const planned = { from: '2026-03-09', until: '2026-03-13' };
    expect(line({ planned, cover: WOND })).toBe('afwezig van ma t/m vr 13 mrt; waarneming: Team Wond');
  });

  // O5
  it('names nobody who covers, and for who writes nothing at all, while one is at work', () => {
    const working = {
      ...NOTHING,
      works: ['wednesday'] as const satisfies PresenceView['works'],
      cover: WOND,
    };
    expect(line({ ...working, note: 'Bel bij spoed.' })).toBe('werkt wo; Bel bij spoed.');
    expect(absentLine(working)).toBe('');
    const gone = { ...working, absent: { by: null, back: back('2026-03-04T12:00:00Z') } };
    expect(bare(absentLine(gone))).toBe('werkt nu niet; terug om 13:00; waarneming: Team Wond');
  });

  // O5
  it('says the time by the clock of the reader', () => {
    inZone('America/Curacao');
    clock.look();
    expect(line({ absent: { by: null, back: back('2026-03-05T12:30:00Z') } })).toBe('terug do 08:30');
  });

  // O5
  it('joins days that follow on each other', () => {
    expect(bare(daysOfWeek(['monday', 'tuesday', 'wednesday', 'friday']))).toBe('ma t/m wo en vr');
    expect(bare(daysOfWeek(['saturday', 'sunday']))).toBe('za en zo');
    expect(bare(daysOfWeek(['friday', 'monday']))).toBe('ma en vr');
    const all = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
    expect(daysOfWeek([...all])).toBe('elke dag');
  });
});
