import { describe, expect, it } from 'vitest';

import type { Author } from '$lib/bindings/Author';
import type { Line } from '$lib/bindings/Line';

import { lineSentence, undoneSentence, waySentence } from './sentence';

type Way = Parameters<typeof waySentence>[0];

describe('an edit that names who does not take part', () => {
  // P8
  it('says who, and that an edit adds nobody', () => {
    const state = { state: 'refused', refusal: 'edit_names_newcomer' } as const;
    const way = { state, at: 0, written_at: null, number: 4 } as Way;
    const said = waySentence(way, [{ name: 'Daan Visser' }]);
    expect(said).toContain('Daan Visser neemt niet deel, en een wijziging voegt niemand toe');
    expect(waySentence(way, [{ name: 'Daan' }, { name: 'Els' }])).toContain('Daan en Els');
  });
});

const SANNE: Author = {
  membership: 'm-sanne',
  name: 'Sanne Jacobs',
  function: 'Huisarts',
  organisation: 'Huisartsenpraktijk De Beuk',
  me: false,
  outside: false,
};

function about(line: Line, me = true): string {
  return lineSentence({ by: SANNE, line, about_me: me });
}

describe('a line', () => {
  // P10, W2
  it('says u where it is about oneself: a namesake stands there by name', () => {
    expect(about({ line: 'handed_over', name: 'Anna van den Berg' })).toBe('Sanne Jacobs maakte u beheerder');
    expect(about({ line: 'handed_over', name: 'Anna van den Berg' }, false)).toBe(
      'Sanne Jacobs maakte Anna van den Berg beheerder',
    );
    expect(about({ line: 'started', with: ['Karim'], teams: [] })).toBe(
      'Sanne Jacobs begon het gesprek met u en Karim',
    );
    expect(about({ line: 'added', names: [], teams: [], shared: false })).toBe('Sanne Jacobs voegde u toe');
    expect(about({ line: 'joined', names: [] })).toBe('U neemt deel aan het gesprek');
    expect(about({ line: 'team_joined', team: 'Team Wond', names: [] })).toBe('U neemt deel via Team Wond');
    expect(about({ line: 'team_joined', team: 'Team Wond', names: ['Karim'] })).toBe(
      'Karim en u nemen deel via Team Wond',
    );
    expect(about({ line: 'team_left', team: 'Team Wond', names: [] })).toBe(
      'U neemt niet meer deel via Team Wond',
    );
  });

  // U2
  it('of an addition that was refused says who was not added', () => {
    const refused = (names: string[]) =>
      undoneSentence({
        by: { ...SANNE, me: true },
        line: { line: 'added', names, teams: [], shared: false },
        about_me: false,
      });
    expect(refused(['Joost'])).toBe('Joost is niet toegevoegd.');
    expect(refused(['Joost', 'Lotte'])).toBe('Joost en Lotte zijn niet toegevoegd.');
  });
});
