/**
 * The parts of a text, for what is said in the fake data: emphasis, links and mentions that neither nest nor touch. What is
 * read as which is a rule of the engine (`crates/conversation/src/text.rs`), and tested there.
 */
import type { MessageText } from '$lib/bindings/MessageText';
import type { Span } from '$lib/bindings/Span';
import { firstGraphemes } from '$lib/words/graphemes';

/** The placeholder of a mention in a body. */
export const MENTION = '\u{FFFC}';

const PART =
  /\*\*(?<bold>[^*]+)\*\*|\*(?<italic>[^*]+)\*|overleg:\/\/item\/(?<item>[0-9a-f-]{36})|(?<url>https:\/\/\S*[\p{L}\p{N}/])|\u{FFFC}/gu;

export function spans({ body, mentions = [] }: MessageText): Span[] {
  const out: Span[] = [];
  const write = (text: string, italic = false, bold = false) => {
    if (text) out.push({ what: 'text', text, italic, bold });
  };
  const mentioned = [...mentions];
  let from = 0;
  for (const found of body.matchAll(PART)) {
    write(body.slice(from, found.index));
    from = found.index + found[0].length;
    const { bold, italic, item, url } = found.groups ?? {};
    const membership = found[0] === MENTION ? mentioned.shift() : undefined;
    if (item) out.push({ what: 'item', item, italic: false, bold: false });
    else if (url) out.push({ what: 'link', url, italic: false, bold: false });
    else if (membership) out.push({ what: 'mention', membership, italic: false, bold: false });
    else write(bold ?? italic ?? '', italic !== undefined, bold !== undefined);
  }
  write(body.slice(from));
  return out;
}

export function preview(text: MessageText, name: (membership: string) => string): string {
  const line = spans(text)
    .map((span) => {
      if (span.what === 'text') return span.text;
      if (span.what === 'link') return span.url;
      return span.what === 'mention' ? `@${name(span.membership)}` : '\u{1F517}';
    })
    .join('')
    .replace(/\s+/gu, ' ');
  return firstGraphemes(line, 120);
}
