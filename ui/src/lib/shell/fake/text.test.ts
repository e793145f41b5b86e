import { describe, expect, it } from 'vitest';

import { clean, preview, spans } from './text';

/** Spans as text: `/italic/`, `[bold]`, `{both}`, `<link>`, `@` for a mention; as in `crates/conversation`. */
function shown(body: string): string {
  return spans({ body, mentions: ['m-bram'] })
    .map((span) => {
      const inner = span.what === 'text' ? span.text : span.what === 'link' ? `<${span.url}>` : '@';
      if (span.bold) return span.italic ? `{${inner}}` : `[${inner}]`;
      return span.italic ? `/${inner}/` : inner;
    })
    .join('');
}

describe('the fake formats as the engine does', () => {
  // M1
  it.each([
    ['*schuin*', '/schuin/'],
    ['**vet**', '[vet]'],
    ['***beide***', '{beide}'],
    ['2*3*4', '2*3*4'],
    ['2 * 3 * 4', '2 * 3 * 4'],
    ['**vet met *schuin* erin**', '[vet met ]{schuin}[ erin]'],
    ['*open zonder einde', '*open zonder einde'],
    ['*een alinea\n\nverder*', '*een alinea\n\nverder*'],
    ['*een regel\nverder*', '/een regel\nverder/'],
    ['****vier****', '****vier****'],
    ['*één*twee', '*één*twee'],
    ['<b>*x*</b>', '<b>/x/</b>'],
    ['zie https://voorbeeld.nl/a.', 'zie <https://voorbeeld.nl/a>.'],
    ['http://onveilig.nl', 'http://onveilig.nl'],
    ['hoi \u{FFFC}!', 'hoi @!'],
  ])('%s', (body, expected) => expect(shown(body)).toBe(expected));

  it('cleans what is pasted, and makes one line of a text', () => {
    expect(clean('a\r\nb\u0007\u{FFFC}')).toBe('a\nb');
    expect(preview({ body: '**een**\n\n twee' }, () => '')).toBe('een twee');
  });
});
