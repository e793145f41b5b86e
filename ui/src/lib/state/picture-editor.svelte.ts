/** The picture that is being cropped, marked and made unrecognisable in part, and a drawing of what the edits make of it. */
import type { Area } from '$lib/bindings/Area';
import type { Edit } from '$lib/bindings/Edit';
import type { PictureSize } from '$lib/bindings/PictureSize';
import type { Point } from '$lib/bindings/Point';
import { areaBetween, arrowBetween, arrowShape, sizeAfter } from '$lib/words/picture-edits';

export type Tool = 'crop' | 'arrow' | 'block';

/** The shape that is being dragged, in pixels of the picture as it is now. */
export interface Drag {
  from: Point;
  to: Point;
}

/** The longest side of the drawing: the real edits are made by the engine, on the whole picture. */
const LONGEST = 1600;

export class PictureEditor {
  tool = $state<Tool>('crop');
  edits = $state.raw<Edit[]>([]);
  drag = $state.raw<Drag | null>(null);

  constructor(private readonly original: PictureSize) {}

  readonly size = $derived.by(() => sizeAfter(this.original, this.edits));
  /** Pixels of the drawing for each of the picture. */
  readonly scale = $derived.by(() => {
    const { width, height } = this.original;
    return Math.min(1, LONGEST / Math.max(width, height));
  });

  /** Makes an edit of what was dragged; whether it was large enough to be meant. */
  apply(): boolean {
    const { drag, size, tool } = this;
    this.drag = null;
    if (!drag) return false;
    const area = tool === 'arrow' ? null : areaBetween(drag.from, drag.to, size);
    const made = tool === 'arrow' ? arrowBetween(drag.from, drag.to, size) : area && ofArea(tool, area);
    if (made) this.edits = [...this.edits, made];
    return made !== null;
  }

  turn(): void {
    this.drag = null;
    this.edits = [...this.edits, { turn: 1 }];
  }

  undo(): void {
    this.drag = null;
    this.edits = this.edits.slice(0, -1);
  }

  /** A part in the middle, for who has no pointer. */
  begin(): void {
    const { width, height } = this.size;
    this.drag ??= { from: { x: width * 0.3, y: height * 0.3 }, to: { x: width * 0.7, y: height * 0.7 } };
  }

  /** Moves what is marked, or its far corner, by a part of the picture. */
  move(x: number, y: number, resize: boolean): void {
    this.begin();
    if (!this.drag) return;
    const { width, height } = this.size;
    const by = (point: Point): Point => ({
      x: Math.max(0, Math.min(width, point.x + x * width)),
      y: Math.max(0, Math.min(height, point.y + y * height)),
    });
    const { from, to } = this.drag;
    this.drag = { from: resize ? from : by(from), to: by(to) };
  }

  /** Draws the picture with its edits. */
  draw(canvas: HTMLCanvasElement, image: CanvasImageSource): void {
    let size = { ...this.original };
    let now = sheet(size, this.scale);
    now.drawImage(image, 0, 0, now.canvas.width, now.canvas.height);
    for (const edit of this.edits) {
      const next = sizeAfter(size, [edit]);
      now = this.step(now, edit, size, next);
      size = next;
    }
    canvas.width = now.canvas.width;
    canvas.height = now.canvas.height;
    canvas.getContext('2d')?.drawImage(now.canvas, 0, 0);
  }

  private step(
    before: CanvasRenderingContext2D,
    edit: Edit,
    size: PictureSize,
    next: PictureSize,
  ): CanvasRenderingContext2D {
    const { scale } = this;
    if ('crop' in edit) {
      const after = sheet(next, scale);
      after.drawImage(before.canvas, -edit.crop.x * scale, -edit.crop.y * scale);
      return after;
    }
    if ('turn' in edit) {
      const after = sheet(next, scale);
      after.translate(after.canvas.width / 2, after.canvas.height / 2);
      after.rotate((edit.turn * Math.PI) / 2);
      after.drawImage(before.canvas, -before.canvas.width / 2, -before.canvas.height / 2);
      return after;
    }
    if ('block' in edit) {
      const { x, y, width, height } = edit.block;
      before.fillStyle = '#000';
      before.fillRect(x * scale, y * scale, width * scale, height * scale);
    } else arrow(before, edit.arrow.from, edit.arrow.to, size, scale);
    return before;
  }
}

function ofArea(tool: 'crop' | 'block', area: Area): Edit {
  return tool === 'crop' ? { crop: area } : { block: area };
}

function sheet({ width, height }: PictureSize, scale: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  return context;
}

function arrow(on: CanvasRenderingContext2D, from: Point, to: Point, size: PictureSize, scale: number): void {
  const { shaft, edge, neck, left, right } = arrowShape(from, to, size);
  on.save();
  on.scale(scale, scale);
  on.lineJoin = 'round';
  on.lineCap = 'round';
  for (const [colour, wider] of [
    ['#fff', edge * 2],
    ['rgb(220 20 30)', 0],
  ] as const) {
    on.strokeStyle = colour;
    on.fillStyle = colour;
    on.lineWidth = shaft + wider;
    on.beginPath();
    on.moveTo(from.x, from.y);
    on.lineTo(neck.x, neck.y);
    on.stroke();
    on.lineWidth = Math.max(wider, 0.01);
    on.beginPath();
    on.moveTo(to.x, to.y);
    on.lineTo(left.x, left.y);
    on.lineTo(right.x, right.y);
    on.closePath();
    on.fill();
    if (wider > 0) on.stroke();
  }
  on.restore();
}
