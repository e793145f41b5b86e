import { describe, expect, it } from 'vitest';

import { mentionQuery, EditorText } from './editor-text';

const BRAM = { membership: 'm-bram', name: 'Bram de Wit' };
const NOOR = { membership: 'm-noor', name: 'Noor Haddad' };

/** The text of the field after an edit, with the caret behind the typed text. */
function edit(written: EditorText, from: number, to: number, by: string): EditorText {
  const shown = written.shown.slice(0, from) + by + written.shown.slice(to);
  return written.typed(shown, from + by.length);
}

describe('a text as it is written', () => {
  const asked = EditorText.plain('Kan @br kijken?').mention(4, 7, BRAM);

  // P8
  it('goes without some of its mentions, whose names stay as text', () => {
    const both = asked.mention(asked.shown.length, asked.shown.length, NOOR);
    const without = both.without(['m-bram']);
    expect(without.shown).toBe('Kan Bram de Wit kijken?@Noor Haddad ');
    expect(without.text()).toEqual({ body: 'Kan Bram de Wit kijken?\u{FFFC} ', mentions: ['m-noor'] });
    expect(both.without(['m-bram', 'm-noor']).mentions).toEqual([]);
    expect(both.without([])).toBe(both);
  });

  // P8
  it('is followed by another one after an empty line, with the mentions of both', () => {
    const both = asked.followedBy(EditorText.plain('@n').mention(0, 2, NOOR));
    expect(both.shown).toBe('Kan @Bram de Wit kijken?\n\n@Noor Haddad ');
    expect(both.text().mentions).toEqual(['m-bram', 'm-noor']);
    expect(both.mentions[1]?.from).toBe(26);
    expect(EditorText.EMPTY.followedBy(asked).text()).toEqual(asked.text());
  });

  // M1, P8
  it('holds a mention as a name in the field and as a membership in what is sent', () => {
    expect(asked.shown).toBe('Kan @Bram de Wit kijken?');
    expect(asked.text()).toEqual({ body: 'Kan \u{FFFC} kijken?', mentions: ['m-bram'] });
  });

  it('comes back from what was saved as it was', () => {
    expect(EditorText.from(asked.text(), [BRAM])).toEqual(asked);
  });

  it('keeps a mention when something is typed before or after it', () => {
    expect(edit(asked, 0, 0, 'Hoi. ').text().body).toBe('Hoi. Kan \u{FFFC} kijken?');
    expect(edit(asked, 16, 16, ' morgen').text().body).toBe('Kan \u{FFFC} morgen kijken?');
  });

  it('makes a mention plain text when something is typed inside it', () => {
    expect(edit(asked, 8, 8, 'x').text()).toEqual({ body: 'Kan @Braxm de Wit kijken?' });
  });

  it('takes mentions out together with the text around them', () => {
    const both = edit(asked, asked.shown.length, asked.shown.length, ' En @n').mention(28, 30, NOOR);
    expect(both.text().mentions).toEqual(['m-bram', 'm-noor']);
    expect(edit(both, 0, 20, '').text().mentions).toEqual(['m-noor']);
  });

  it('finds the place of an edit in a row of the same letters', () => {
    const row = EditorText.plain('aaaa').mention(2, 2, BRAM);
    const typed = edit(row, 0, 0, 'a');
    expect(typed.mentions[0]).toMatchObject({ from: 3, to: 15 });
  });

  it('counts characters as the rule does', () => {
    expect(EditorText.plain('👩🏽‍⚕️'.repeat(4000)).length).toBe(5 * 4000);
  });
});

describe('what is looked for after an @', () => {
  const query = (text: string) => mentionQuery(EditorText.plain(text), text.length);

  it('is a name of up to four words', () => {
    expect(query('Kan @')).toEqual({ from: 4, query: '' });
    expect(query('(@bra')).toEqual({ from: 1, query: 'bra' });
    expect(query('@van den Be')).toEqual({ from: 0, query: 'van den Be' });
  });

  it('is nothing in an address, or in a mention that stands already', () => {
    expect(query('mail a@b')).toBeNull();
    const asked = EditorText.plain('@b').mention(0, 2, BRAM);
    expect(mentionQuery(asked, 5)).toBeNull();
  });
});
