import { describe, expect, it } from 'vitest';

import type { ParticipantView } from '$lib/bindings/ParticipantView';
import { PEOPLE } from '$lib/shell/fake/people';
import { EditorText } from '$lib/words/editor-text';

import { withMentioned } from './pending-additions';

describe('recipients who are away', () => {
  const presence = {
    works: [],
    note: '',
    absent: { by: null, back: null },
    planned: null,
    cover: null,
    until: null,
  };
  const participant = (who: keyof typeof PEOPLE, me = false): ParticipantView => ({
    ...PEOPLE[who],
    me,
    owner: false,
    outside: false,
    may_remove: false,
    by_teams: [],
    presence,
  });
  const bram = { membership: PEOPLE.bram.membership, name: 'Bram de Wit' };
  const written = EditorText.EMPTY.mention(0, 0, bram);

  // O5
  it('are those whom the text mentions, too, each once, as soon as it does', () => {
    const many = [participant('anna', true), participant('bram'), participant('noor')];
    expect(withMentioned([], EditorText.EMPTY, many)).toEqual([]);
    expect(withMentioned([], written, many)).toEqual([{ ...bram, presence }]);
    expect(withMentioned([{ ...bram, presence }], written, many)).toHaveLength(1);
  });
});
