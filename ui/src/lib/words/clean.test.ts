import { describe, expect, it } from 'vitest';

import { clean, cleanLine, isClean } from './clean';
import cases from './cleaning.json';

describe('what comes from elsewhere', () => {
  // M1, as crates/conversation/tests/cleaning.rs
  it.each(cases)('is cleaned as the rule does it: $pasted', ({ pasted, cleaned }) => {
    expect(clean(pasted)).toBe(cleaned);
  });

  // M1
  it('never makes one dose of two, whatever stood between them', () => {
    for (let code = 0; code <= 0xffff; code += 1) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const pasted = `5 mg${String.fromCharCode(code)}2dd 10 mg`;
      expect(clean(pasted)).not.toBe('5 mg2dd 10 mg');
      expect(isClean(clean(pasted))).toBe(true);
    }
  });

  // M1
  it('is left alone where it is a text already', () => {
    for (const text of ['Hb < 6\n\tRR > 160', '👩🏽‍⚕️ *️⃣ e\u0301', '', ' \u00A0\u200B ']) {
      expect(isClean(text)).toBe(true);
      expect(clean(text)).toBe(text);
    }
  });

  // S2
  it('is one line where there is room for one, with a space for each break', () => {
    expect(cleanLine('Decubitus\u000Bmw. D.\r\n\tkamer 3\u0001')).toBe('Decubitus mw. D. kamer 3');
  });
});
