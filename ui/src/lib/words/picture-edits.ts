/**
 * Edits of a picture before it is sent (F5), as the engine makes them: each counts from the picture as the edits before have
 * left it (`crates/pictures/src/edit.rs`). Nothing is made outside the picture, and nothing that is empty.
 */
import type { Area } from '$lib/bindings/Area';
import type { Edit } from '$lib/bindings/Edit';
import type { PictureSize } from '$lib/bindings/PictureSize';
import type { Point } from '$lib/bindings/Point';

/** Below this, in pixels of the picture, a drag was a slip of the hand. */
const LEAST = 4;

/** The size that the edits leave. */
export function sizeAfter({ width, height }: PictureSize, edits: Edit[]): PictureSize {
  let size = { width, height };
  for (const edit of edits) {
    if ('crop' in edit) size = { width: edit.crop.width, height: edit.crop.height };
    if ('turn' in edit && edit.turn % 2 !== 0) size = { width: size.height, height: size.width };
  }
  return size;
}

/** The rectangle between two points, within the picture; `null` where it is too small to be meant. */
export function areaBetween(a: Point, b: Point, { width, height }: PictureSize): Area | null {
  const left = clamp(Math.min(a.x, b.x), width);
  const top = clamp(Math.min(a.y, b.y), height);
  const right = clamp(Math.max(a.x, b.x), width);
  const bottom = clamp(Math.max(a.y, b.y), height);
  const area = { x: left, y: top, width: right - left, height: bottom - top };
  return area.width < LEAST || area.height < LEAST ? null : area;
}

/** An arrow between two points, whose head lies within the picture. */
export function arrowBetween(from: Point, to: Point, { width, height }: PictureSize): Edit | null {
  const tip = { x: Math.min(width - 1, clamp(to.x, width)), y: Math.min(height - 1, clamp(to.y, height)) };
  const start = { x: Math.round(from.x), y: Math.round(from.y) };
  if (Math.hypot(tip.x - start.x, tip.y - start.y) < LEAST) return null;
  return { arrow: { from: start, to: tip } };
}

function clamp(value: number, most: number): number {
  return Math.round(Math.max(0, Math.min(most, value)));
}

/** The outline of an arrow in the proportions of `crates/pictures/src/arrow.rs`, tip first. */
export function arrowShape(from: Point, to: Point, { width, height }: PictureSize) {
  const usual = Math.max(3, Math.max(width, height) / 120);
  const length = Math.max(1, Math.hypot(to.x - from.x, to.y - from.y));
  const along = { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
  // A short arrow is all head.
  const head = Math.min(5 * usual, length);
  const half = (2.2 / 5) * head;
  const neck = { x: to.x - along.x * head, y: to.y - along.y * head };
  return {
    shaft: head / 5,
    edge: Math.max(1.5, 0.4 * usual),
    neck,
    left: { x: neck.x - along.y * half, y: neck.y + along.x * half },
    right: { x: neck.x + along.y * half, y: neck.y - along.x * half },
  };
}
