import { describe, expect, it } from 'vitest';

import type { ConversationView } from '$lib/bindings/ConversationView';
import type { Shell } from '$lib/shell/shell';
import { EditorText } from '$lib/words/editor-text';

import SAMPLES from '../../../../crates/matching/samples.json';
import { MentionPicker } from './mentions.svelte';

/** A group of whom one takes part, and nobody can be added. */
function withParticipant([given, prefix, family]: string[]): ConversationView {
  const one = { membership: 'een', person: 'een', name: { given, prefix, family }, me: false, ended: false };
  return {
    shape: 'group',
    acting: 'ik',
    participants: [one],
    may: { add: false },
  } as unknown as ConversationView;
}

const silent = { call: () => Promise.reject(new Error('nobody is asked')) } as unknown as Shell;

/** The number of people offered for a text in the composer, before any answer. */
function offered(view: ConversationView, typed: string): number {
  const picker = new MentionPicker(silent, () => view);
  void picker.look(EditorText.plain(typed), typed.length);
  return picker.candidates.length;
}

describe('who is offered after an @', () => {
  // P8, O6
  it.each(SAMPLES)('is $name where the samples say that it is found', ({ name, finds, misses }) => {
    // A mention is of up to four words, of letters and what stands within names.
    const canBeTyped = (query: string) =>
      /^[\p{L}\p{M}'’‘ʼ`´./\u2010-\u2015,-]+([ \u00a0][\p{L}\p{M}'’‘ʼ`´./\u2010-\u2015,-]+){0,3}$/u.test(
        query,
      );
    const view = withParticipant(name);
    const typed = finds.filter(canBeTyped);
    expect(typed.length).toBeGreaterThan(1);
    expect(typed.filter((query) => offered(view, `Vraag @${query}`) === 0)).toEqual([]);
    expect(misses.filter((query) => offered(view, `Vraag @${query}`) > 0)).toEqual([]);
  });

  // P8
  it.each([
    ["@'t Hart", 1],
    ['@’t', 1],
    ['(@hart', 1],
    ['@v.d. Hart', 0],
    ['a@hart', 0],
    ['@hart, kijk je', 0],
    ['@hart,', 0],
    ['@hart, pieter', 1],
    ['@pieter ’t hart', 1],
  ])('follows what is typed: %s', (typed, found) => {
    expect(offered(withParticipant(['Pieter', "'t", 'Hart']), typed)).toBe(found);
  });
});
