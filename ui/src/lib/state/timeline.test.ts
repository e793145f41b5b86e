import { describe, expect, it } from 'vitest';

import type { Row } from '$lib/bindings/Row';
import type { Timeline } from '$lib/bindings/Timeline';
import { FakeShell } from '$lib/shell/fake/shell';
import { readSetting } from '$lib/shell/fake/settings';

import type { Shell } from '$lib/shell/shell';

import { NOW } from '../../testing/now';
import { rowKey, rowNumber } from '$lib/words/rows';

import { TimelineState } from './timeline.svelte';

function long(): { shell: FakeShell; timeline: TimelineState } {
  const shell = new FakeShell(readSetting(new URLSearchParams('fake=long&offline')), () => NOW);
  return { shell, timeline: new TimelineState(shell, 'lang') };
}

const keys = (timeline: TimelineState) => timeline.rows.map(rowKey);

describe('a stretch of a conversation', () => {
  it('grows backwards without losing or doubling a row, and says that rows came before', async () => {
    const { timeline } = long();
    await timeline.load({ at: 'end' });
    const before = keys(timeline);
    await timeline.older();
    expect(timeline.prepended).toBe(true);
    expect(keys(timeline).slice(-before.length)).toEqual(before);
    expect(new Set(keys(timeline)).size).toBe(timeline.rows.length);
    while (timeline.before) await timeline.older();
    expect(timeline.rows).toHaveLength(201);
  });

  it('is the same stretch after a refresh, with what came since', async () => {
    const { shell, timeline } = long();
    await timeline.load({ at: 'end' });
    await timeline.older();
    const before = keys(timeline);
    shell.say('lang', 'm-fatima', 'Er is nog iets.');
    await timeline.refresh();
    expect(keys(timeline).slice(0, -1)).toEqual(before);
  });

  // L4: a hit in the middle of a long conversation stood beside the screen
  it('loses no row when it is loaded anew while it grows', async () => {
    const { timeline } = long();
    await timeline.load({ at: 'around', number: 120 });
    const before = timeline.rows.length;
    await Promise.all([timeline.older(), timeline.refresh(), timeline.newer()]);
    expect(timeline.rows.length).toBeGreaterThan(before);
    expect(timeline.has(91)).toBe(true);
    await Promise.all([timeline.refresh(), timeline.older()]);
    expect(timeline.has(91)).toBe(true);
  });

  it('is one stretch, also when another place is gone to while it grows', async () => {
    const { timeline } = long();
    await timeline.load({ at: 'around', number: 150 });
    await Promise.all([timeline.load({ at: 'around', number: 40 }), timeline.older()]);
    const numbers = timeline.rows.flatMap((row) => rowNumber(row) ?? []);
    expect(numbers.every((number, at) => at === 0 || number === (numbers[at - 1] ?? 0) + 1)).toBe(true);
    expect(timeline.has(40)).toBe(true);
  });

  it('keeps the key of a message from being written to being accepted, so that nothing jumps', async () => {
    const { shell, timeline } = long();
    await shell.call('save_draft', {
      conversation: 'lang',
      draft: { text: { body: 'Ik kijk.' }, reply_to: null, editing: null },
    });
    await shell.call('send', { conversation: 'lang' });
    await timeline.load({ at: 'end' });
    const waiting = timeline.rows.at(-1);
    expect(waiting).toMatchObject({ row: 'message', number: null, state: { state: 'waiting' } });
    const conversation = shell.world.conversation('lang');
    const message = conversation?.happened.at(-1);
    if (conversation && message) shell.world.accept(conversation, message);
    await timeline.refresh();
    expect(timeline.rows.at(-1)).toMatchObject({ row: 'message', number: 202 });
    expect(keys(timeline).at(-1)).toBe(waiting && rowKey(waiting));
  });

  it('opens around a place, and goes on to the end from there', async () => {
    const { timeline } = long();
    await timeline.load({ at: 'around', number: 50 });
    expect(timeline.has(50)).toBe(true);
    expect(timeline.after).toBe(true);
    while (timeline.after) await timeline.newer();
    expect(timeline.has(201)).toBe(true);
    expect(new Set(keys(timeline)).size).toBe(timeline.rows.length);
  });

  it('is the same stretch after a refresh when one reads further back', async () => {
    const { shell, timeline } = long();
    await timeline.load({ at: 'around', number: 50 });
    const before = keys(timeline);
    shell.say('lang', 'm-fatima', 'Er is nog iets.');
    await timeline.refresh();
    expect(keys(timeline)).toEqual(before);
    expect([timeline.before, timeline.after]).toEqual([true, true]);
  });

  it('has no row twice and stops asking, when the engine tells of a gap and of what waits once more', async () => {
    const gap: Row = { row: 'missing', range: { from: 1, to: 50 } };
    const shell = new FakeShell(readSetting(new URLSearchParams('fake=long&offline')), () => NOW);
    const conversation = shell.world.conversation('lang');
    const loaded = conversation
      ? await shell.call('timeline', { conversation: 'lang', at: { at: 'end' }, limit: 5 })
      : null;
    const rows = [gap, ...(loaded?.rows ?? [])];
    const answer: Timeline = {
      rows: [...rows, ...rows.slice(-1)],
      before: true,
      after: false,
      unread_from: null,
    };
    let asked = 0;
    const timeline = new TimelineState(
      {
        call: () => Promise.resolve((asked++, answer)),
        onInvalidated: () => () => undefined,
      } as unknown as Shell,
      'lang',
    );
    await timeline.load({ at: 'end' });
    expect(timeline.rows).toEqual(rows);
    await timeline.older();
    await timeline.older();
    expect(timeline.rows).toEqual(rows);
    expect(asked).toBe(2);
    await timeline.refresh();
    expect(timeline.rows).toEqual(rows);
  });
});
