import { describe, expect, it } from 'vitest';

import { listUpTo, place, shortened } from './format';

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
