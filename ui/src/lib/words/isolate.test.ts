import { describe, expect, it } from 'vitest';

import { m } from '$lib/paraglide/messages';

import { isolate } from './isolate';
import { list, together } from './format';

/** Whether all that turns the direction, or is written from right to left, ends before what stands behind it. */
function isClosed(text: string): boolean {
  let open = 0;
  for (const one of text) {
    if (/[\u2066-\u2068]/u.test(one)) open += 1;
    else if (one === '\u2069') open -= 1;
    else if (open === 0 && /[\u0590-\u08FF\u202A-\u202E]/u.test(one)) return false;
    if (open < 0) return false;
  }
  return open === 0;
}

const ODD = [
  'Anna\u202E',
  '\u202EannA',
  'عمر السيد',
  'א. לוי',
  'x\u2069\u202Ey',
  '\u2067open',
  'a\u2066\u2067b',
  '\u2069\u2069',
];

describe('what people wrote, in a sentence of ours', () => {
  // O3, U1
  it.each(ODD)('turns nothing around it: %j', (name) => {
    for (const text of [
      isolate(name),
      isolate(isolate(name)),
      list([name, 'Bram', name]),
      together(name, 'wijkverpleegkundige', name),
      m.line_added({ name, names: list(['Bram', name]) }),
      m.remove_name({ name }),
      m.archived_for_me({ title: name }),
      m.read_by({ names: list([name]) }),
      m.welcome({ name }),
      m.was_chosen({ name }),
    ])
      expect([text, isClosed(text)]).toEqual([text, true]);
  });

  // U1
  it('is as it is where it turns nothing', () => {
    for (const name of ['Anna van den Berg', "Café 't Hart, 5 mg (2×)", '👩🏽‍⚕️', '山田', 'Łukasz Żak'])
      expect(isolate(name)).toBe(name);
    expect(m.welcome({ name: 'Anna' })).toBe('Welkom, Anna');
    expect(isolate(isolate('عمر'))).toBe(isolate('عمر'));
  });
});
