/**
 * The text handling of the engine (`crates/conversation/src/text.rs`), for the fake: the same spans, the same one-line
 * preview.
 */
import type { Span } from '$lib/bindings/Span';
import type { MessageText } from '$lib/bindings/MessageText';
import { firstGraphemes, graphemes } from '$lib/words/graphemes';

/** The placeholder of a mention in a body. */
export const MENTION = '\u{FFFC}';

const WORD = /[\p{L}\p{N}\u{FFFC}]/u;
const KEYCAP = '\u{20E3}';
const ITEM = /^overleg:\/\/item\/([0-9a-f-]{36})(?=[.,;:!?'*”’…)\]]*$)/i;
const LINK =
  /(?<![\p{L}\p{N}\u{FFFC}]\p{M}*)(?:overleg:\/\/item\/[0-9a-f-]{36}|https:\/\/[\p{L}\p{N}[])[^\s<>"\u{FFFC}]*/giu;
const ENDS = ".,;:!?'*”’…";

interface Run {
  at: number;
  length: number;
  opens: boolean;
  closes: boolean;
  paragraph: number;
}

interface Found {
  from: number;
  to: number;
  url: string;
  item: string | undefined;
}

export function spans(text: MessageText): Span[] {
  const { body } = text;
  const links = linksOf(body);
  const runs = starRuns(body, links);
  const mentions = [...(text.mentions ?? [])];
  const out: Span[] = [];
  let next = 0;

  const write = (from: number, to: number, italic: boolean, bold: boolean) => {
    for (let link = links[next]; link && link.from < to; link = links[++next]) {
      plain(from, link.from, italic, bold);
      const { url, item } = link;
      out.push(item ? { what: 'item', item, italic, bold } : { what: 'link', url, italic, bold });
      from = link.to;
    }
    plain(from, to, italic, bold);
  };
  const plain = (from: number, to: number, italic: boolean, bold: boolean) => {
    body
      .slice(from, to)
      .split(MENTION)
      .forEach((piece, index) => {
        const membership = index > 0 ? mentions.shift() : undefined;
        if (membership) out.push({ what: 'mention', membership, italic, bold });
        if (piece) out.push({ what: 'text', text: piece, italic, bold });
      });
  };
  const emphasise = (inside: Run[], from: number, to: number, italic: boolean, bold: boolean) => {
    let written = from;
    // If no closing run of a length was found, the rest of the paragraph has none either.
    const hopeless: number[] = [];
    for (let next = 0; next < inside.length; next++) {
      const open = inside[next] as Run;
      if (!open.opens || hopeless[open.length] === open.paragraph) continue;
      let close = next + 1;
      while (inside[close]?.paragraph === open.paragraph) {
        const run = inside[close] as Run;
        if (run.closes && run.length === open.length && run.at > open.at + open.length) break;
        close += 1;
      }
      if (inside[close]?.paragraph !== open.paragraph) {
        hopeless[open.length] = open.paragraph;
        continue;
      }
      const end = inside[close] as Run;
      write(written, open.at, italic, bold);
      emphasise(
        inside.slice(next + 1, close),
        open.at + open.length,
        end.at,
        italic || open.length !== 2,
        bold || open.length !== 1,
      );
      written = end.at + end.length;
      next = close;
    }
    write(written, to, italic, bold);
  };
  emphasise(runs, 0, body.length, false, false);
  return out;
}

function linksOf(body: string): Found[] {
  const found: Found[] = [];
  for (const { 0: stretch, index } of body.matchAll(LINK)) {
    const item = ITEM.exec(stretch)?.[1];
    if (!item && !stretch.toLowerCase().startsWith('https')) continue;
    const url = item ? stretch.slice(0, ITEM_LENGTH) : trimmed(stretch);
    found.push({ from: index, to: index + url.length, url, item });
  }
  return found;
}

const ITEM_LENGTH = 'overleg://item/'.length + 36;

/** Removes punctuation that ends the sentence rather than the address. */
function trimmed(address: string): string {
  const count = (mark: string) => address.split(mark).length - 1;
  const beyond = new Map([
    [')', count(')') - count('(')],
    [']', count(']') - count('[')],
  ]);
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address[end - 1] ?? '';
    const left = beyond.get(last) ?? 0;
    if (left > 0) beyond.set(last, left - 1);
    else if (!ENDS.includes(last)) break;
  }
  return address.slice(0, end);
}

/** A star is markup only as a grapheme of its own, not as part of one, such as a keycap. */
function starRuns(body: string, links: Found[]): Run[] {
  const runs: Run[] = [];
  let link = 0;
  let paragraph = 0;
  let blank = false;
  let before = '';
  let at = 0;
  let run: Run | null = null;
  const isWord = (sign: string) => WORD.test(sign) && !sign.includes(KEYCAP);
  const isBlank = (sign: string) => sign === '' || /^\s+$/u.test(sign);
  const end = (after: string) => {
    if (!run) return;
    run.opens &&= !isBlank(after);
    run.closes &&= !isWord(after);
    if (run.length <= 3) runs.push(run);
    run = null;
  };
  for (const sign of graphemes(body)) {
    while ((links[link]?.to ?? Infinity) <= at) link += 1;
    const isStar = sign === '*' && (links[link]?.from ?? Infinity) > at;
    if (isStar && run) run.length += 1;
    else {
      end(sign);
      if (isStar) run = { at, length: 1, opens: !isWord(before), closes: !isBlank(before), paragraph };
    }
    if (sign.includes('\n')) {
      if (blank) paragraph += 1;
      blank = true;
    } else if (!/^\s+$/u.test(sign)) blank = false;
    before = sign;
    at += sign.length;
  }
  end('');
  return runs;
}

export function preview(text: MessageText, name: (membership: string) => string, longest = 120): string {
  const line = spans(text)
    .map((span) => {
      if (span.what === 'text') return span.text;
      if (span.what === 'link') return span.url;
      return span.what === 'mention' ? `@${name(span.membership)}` : '\u{1F517}';
    })
    .join('')
    .replace(/\s+/gu, ' ')
    .trim();
  const cut = firstGraphemes(line, longest);
  return cut.length < line.length ? `${cut.trimEnd()}…` : line;
}
