import { describe, expect, it } from 'vitest';

import { preview, spans } from './text';

const FAMILY = '\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}';

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
    ['(*\u{FE0F}\u{20E3})', '(*\u{FE0F}\u{20E3})'],
    ['*druk op *\u{FE0F}\u{20E3}*', '/druk op *\u{FE0F}\u{20E3}/'],
    ['cafe\u{301}*s*', 'cafe\u{301}*s*'],
    ['café*s*', 'café*s*'],
    ['e\u{301}https://voorbeeld.nl', 'e\u{301}https://voorbeeld.nl'],
    ['zie https://voorbeeld.nl/a_(b).', 'zie <https://voorbeeld.nl/a_(b)>.'],
    ['(https://voorbeeld.nl)', '(<https://voorbeeld.nl>)'],
    ['xhttps://https://a', 'xhttps://<https://a>'],
  ])('%s', (body, expected) => expect(shown(body)).toBe(expected));

  it('makes one line of a text, and cuts it between signs', () => {
    expect(preview({ body: `${'x'.repeat(119)}${FAMILY}einde` }, () => '')).toBe(
      `${'x'.repeat(119)}${FAMILY}…`,
    );
    expect(preview({ body: FAMILY.repeat(121) }, () => '')).toBe(`${FAMILY.repeat(120)}…`);
    expect(preview({ body: '**een**\n\n twee' }, () => '')).toBe('een twee');
  });
});
