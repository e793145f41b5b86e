import { describe, expect, it } from 'vitest';

import SAMPLES from '../../../../crates/matching/samples.json';
import { fold, plain, Wanted } from './matching';

describe('what is typed of a name', () => {
  // O3, O4, O6: server and engine are held to the same samples.
  it.each(SAMPLES)('finds $name as the samples say, and nothing else does', ({ name, finds, misses }) => {
    const whole = name.filter(Boolean).join(' ');
    expect(finds.filter((query) => !new Wanted(query).isIn(whole))).toEqual([]);
    expect(misses.filter((query) => new Wanted(query).isIn(whole))).toEqual([]);
  });

  // O6
  it('is the same in every form of every letter', () => {
    const wrong: string[] = [];
    for (let code = 0x20; code < 0x1_00_00; code += 1) {
      if (code >= 0xd8_00 && code < 0xe0_00) continue;
      const letter = String.fromCodePoint(code);
      const folded = fold(letter);
      const forms = [folded, letter.toUpperCase(), letter.toLowerCase(), letter.normalize('NFD')];
      if (forms.some((form) => fold(form) !== folded)) wrong.push(code.toString(16));
    }
    expect(wrong).toEqual([]);
  });

  // O6
  it('leaves nothing out as long as it holds no word', () => {
    for (const query of ['', ' ', "'", '’', '\u200b']) {
      expect(new Wanted(query).isEmpty).toBe(true);
      expect(new Wanted(query).isIn("'t Hart")).toBe(true);
    }
  });

  // W2
  it('tells which names one would take for the same', () => {
    expect(plain('Zoë  Smit-Jansen')).toBe(plain('ZOE\u0308 smit\u2011jansen'));
    expect(plain('Smit')).not.toBe(plain('Smits'));
  });
});
