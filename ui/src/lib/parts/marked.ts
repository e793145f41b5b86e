/**
 * Marks words within a text that is there already, by the highlights of CSS: the text itself is not taken apart. Where a
 * webview has none, the text is as it was.
 */
import type { Attachment } from 'svelte/attachments';

const NAME = 'found';

function shared(): Highlight | null {
  if (typeof Highlight === 'undefined' || !('highlights' in CSS)) return null;
  const there = CSS.highlights.get(NAME) ?? new Highlight();
  CSS.highlights.set(NAME, there);
  return there;
}

/** Where the words stand, each as it is written. A word may go over the end of a part that is formatted otherwise. */
export function placesOf(element: HTMLElement, words: string[]): Range[] {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const texts: { node: Text; from: number }[] = [];
  let whole = '';
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    texts.push({ node: node as Text, from: whole.length });
    whole += node.nodeValue ?? '';
  }
  const at = (place: number): [Text, number] | null => {
    const text = texts.findLast(({ from }) => from <= place);
    return text ? [text.node, Math.min(place - text.from, text.node.length)] : null;
  };
  return words.flatMap((word) => {
    const found: Range[] = [];
    for (let from = whole.indexOf(word); word && from >= 0; from = whole.indexOf(word, from + word.length)) {
      const [begin, end] = [at(from), at(from + word.length - 1)];
      if (!begin || !end) continue;
      const range = document.createRange();
      range.setStart(...begin);
      range.setEnd(end[0], end[1] + 1);
      found.push(range);
    }
    return found;
  });
}

export function marked(words: string[]): Attachment<HTMLElement> | undefined {
  if (words.length === 0) return undefined;
  return (element) => {
    const highlight = shared();
    if (!highlight) return;
    const ranges = placesOf(element, words);
    for (const range of ranges) highlight.add(range);
    return () => {
      for (const range of ranges) highlight.delete(range);
    };
  };
}
