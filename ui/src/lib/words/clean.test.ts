import { describe, expect, it } from 'vitest';

import { clean, oneLine } from './clean';

describe('what comes from elsewhere', () => {
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
