import { describe, expect, it } from 'vitest';

import { linkOf, linkTo, linkToConversation } from './links';

const ID = '01890000-0000-7000-8000-000000000001';

describe('an address of ours', () => {
  // N1, S3
  it('names what it was made of', () => {
    expect(linkOf(linkTo(ID))).toEqual({ link: 'item', item: ID });
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

  it.each([
    'https://voorbeeld.nl',
    `overleg://item/${ID}/3`,
    `overleg://conversation/${ID}/0`,
    `overleg://conversation/${ID}/x`,
    'overleg://conversation/x',
  ])('is not %s', (url) => {
    expect(linkOf(url)).toBeNull();
  });
});
