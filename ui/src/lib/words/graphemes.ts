/** Grapheme clusters: what a reader sees as one character, however many code points it has. */
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The grapheme clusters of a text. */
export function* graphemes(text: string): Generator<string> {
  for (const { segment } of segmenter.segment(text)) yield segment;
}

/** The first `most` grapheme clusters of a text, or the whole text when it is shorter. */
export function firstGraphemes(text: string, most: number): string {
  // A grapheme cluster is at least one code unit, so a short text needs no segmentation.
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
