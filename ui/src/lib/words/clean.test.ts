import { describe, expect, it } from 'vitest';

import { clean, cleanLine, isClean, oneLine } from './clean';
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

describe('what separates', () => {
  // M1
  it.each([
    ['\n', '\n'],
    ['\t', '\t'],
    ['\r', '\n'],
    ['\r\n', '\n'],
    ['\u000B', '\n'],
    ['\u000C', '\n'],
    ['\u001C', '\n'],
    ['\u001E', '\n'],
    ['\u001F', '\t'],
    ['\u0085', '\n'],
    ['\u2028', '\n'],
    ['\u2029', '\n'],
    ['\0', ' '],
    ['\u0008', ' '],
    ['\u007F', ' '],
    ['\u009B', ' '],
    ['\u{FFFC}', ' '],
    ['\0 ', ' '],
    ['\u000B\0', '\n'],
  ])('keeps two doses apart that %j separates', (separator, stays) => {
    expect(clean(`5 mg${separator}2dd 10 mg`)).toBe(`5 mg${stays}2dd 10 mg`);
    expect(oneLine(`5 mg${separator}2dd 10 mg`)).toBe('5 mg 2dd 10 mg');
  });

  // M1
  it('loses what separates nothing', () => {
    expect(clean('a\r\nb\u0007\u{FFFC}')).toBe('a\nb');
    expect(clean('\u0001Bel\u0007')).toBe('Bel');
    expect(oneLine('\n Hb\u000B < 6 \n\n\u2028en  RR \r\n')).toBe('Hb < 6 en  RR');
  });
});
