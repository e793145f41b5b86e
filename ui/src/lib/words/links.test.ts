import { describe, expect, it } from 'vitest';

import { linkOf, linkTo, linkToConversation, pieces } from './links';

const ID = '01890000-0000-7000-8000-000000000001';

describe('an address of ours', () => {
  // N1, S3
  it('names what it was made of', () => {
    const item = { link: 'item', item: ID } as const;
    expect(linkOf(linkTo(item))).toEqual(item);
    expect(linkOf(linkToConversation(ID))).toEqual({
      link: 'conversation',
      conversation: ID,
      number: null,
    });
    expect(linkOf(linkToConversation(ID, 17))).toEqual({
      link: 'conversation',
      conversation: ID,
      number: 17,
    });
  });

  // N3
  it.each(['overleg://settings/mail', 'OVERLEG://Settings/mail/'])('is a part of the settings: %s', (url) => {
    expect(linkOf(url)).toEqual({ link: 'settings', page: 'mail' });
  });

  it.each([
    'https://voorbeeld.nl',
    `overleg://item/${ID}/3`,
    `overleg://conversation/${ID}/0`,
    `overleg://conversation/${ID}/x`,
    'overleg://conversation/x',
    'overleg://settings/',
    'overleg://settings/password',
    'overleg://settings/toString',
    'overleg://settings/mail/off',
    'overleg://settings/mail?message=false',
    'overleg://settings/Mail',
  ])('is not %s', (url) => {
    expect(linkOf(url)).toBeNull();
  });
});

describe('an address of a conversation in a text', () => {
  const text = (of: string) => ({ what: 'text' as const, text: of, italic: false, bold: true });
  const link = (number: number | null) => ({
    what: 'ours' as const,
    link: { link: 'conversation' as const, conversation: ID, number },
    italic: false,
    bold: true,
  });

  // M5, N1
  it('is a link, with or without a message in it, and what stands around it is not', () => {
    const url = linkToConversation(ID);
    expect(pieces([text(`Zie ${url}, of ${url}/12. Tot dan.`)])).toEqual([
      text('Zie '),
      link(null),
      text(', of '),
      link(12),
      text('. Tot dan.'),
    ]);
  });

  it.each([`overleg://conversation/${ID}0`, 'overleg://conversation/x', `overleg://item/${ID}/3`])(
    'is not %s',
    (of) => expect(pieces([text(of)])).toEqual([text(of)]),
  );
});
