/** Grapheme clusters: what a reader takes for one sign, of however many characters it consists. */
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The signs of a text, one by one. */
export function* graphemes(text: string): Generator<string> {
  for (const { segment } of segmenter.segment(text)) yield segment;
}

/** The first so many signs; the text itself where there are no more. */
export function firstGraphemes(text: string, most: number): string {
  // One sign is one unit at least: what is short enough need not be looked at.
  if (text.length <= most) return text;
  let end = 0;
  let count = 0;
  for (const { index, segment } of segmenter.segment(text)) {
    if (count === most) break;
    end = index + segment.length;
    count += 1;
  }
  return text.slice(0, end);
}
