import { describe, expect, it } from 'vitest';

import type { Edit } from '$lib/bindings/Edit';
import { PictureEditor } from '$lib/state/picture-editor.svelte';

import { areaBetween, arrowBetween, sizeAfter } from './picture-edits';

const SIZE = { width: 1600, height: 1200 };

describe('an edit of a picture', () => {
  // F5
  it('counts from the picture as the edits before have left it', () => {
    const edits: Edit[] = [{ crop: { x: 100, y: 50, width: 800, height: 400 } }, { turn: 1 }];
    expect(sizeAfter(SIZE, edits)).toEqual({ width: 400, height: 800 });
    expect(sizeAfter(SIZE, [{ turn: 2 }, { block: { x: 0, y: 0, width: 9, height: 9 } }])).toEqual(SIZE);
  });

  // F5
  it('is cut at the border, whichever way one drags', () => {
    expect(areaBetween({ x: 1700, y: 1300 }, { x: 1500, y: 1100 }, SIZE)).toEqual({
      x: 1500,
      y: 1100,
      width: 100,
      height: 100,
    });
    expect(areaBetween({ x: -50, y: -50 }, { x: 10, y: 20 }, SIZE)).toEqual({
      x: 0,
      y: 0,
      width: 10,
      height: 20,
    });
  });

  // F5
  it('is none where the hand slipped, or outside', () => {
    expect(areaBetween({ x: 5, y: 5 }, { x: 6, y: 500 }, SIZE)).toBeNull();
    expect(areaBetween({ x: 1700, y: 0 }, { x: 1800, y: 90 }, SIZE)).toBeNull();
    expect(arrowBetween({ x: 5, y: 5 }, { x: 6, y: 6 }, SIZE)).toBeNull();
  });

  // F5
  it('has the head of an arrow within the picture', () => {
    expect(arrowBetween({ x: 10, y: 10 }, { x: 4000, y: 600 }, SIZE)).toEqual({
      arrow: { from: { x: 10, y: 10 }, to: { x: 1599, y: 600 } },
    });
  });
});

describe('the editor of a picture', () => {
  // F5
  it('makes what was dragged, in order, and takes it back', () => {
    const editor = new PictureEditor(SIZE);
    editor.tool = 'crop';
    editor.drag = { from: { x: 0, y: 0 }, to: { x: 800, y: 600 } };
    expect(editor.apply()).toBe(true);
    expect(editor.size).toEqual({ width: 800, height: 600 });
    editor.tool = 'block';
    editor.drag = { from: { x: 700, y: 500 }, to: { x: 5000, y: 5000 } };
    editor.apply();
    expect(editor.edits).toEqual([
      { crop: { x: 0, y: 0, width: 800, height: 600 } },
      { block: { x: 700, y: 500, width: 100, height: 100 } },
    ]);
    editor.turn();
    expect(editor.size).toEqual({ width: 600, height: 800 });
    editor.undo();
    editor.undo();
    expect(editor.edits).toHaveLength(1);
  });

  // F5, U1
  it('is used by the keyboard: a part is marked, moved, made larger and confirmed', () => {
    const editor = new PictureEditor({ width: 1000, height: 1000 });
    editor.tool = 'block';
    editor.move(-0.1, 0, false);
    editor.move(0.1, 0.1, true);
    expect(editor.apply()).toBe(true);
    expect(editor.edits).toEqual([{ block: { x: 200, y: 300, width: 500, height: 500 } }]);
  });
});
