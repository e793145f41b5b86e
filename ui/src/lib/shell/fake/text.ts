/**
 * What the engine does with a text (`crates/conversation/src/text.rs`), for the fake: the same pieces, the same
 * cleaning, the same one-line preview.
 */
import type { Span } from '$lib/bindings/Span';
import type { Text } from '$lib/bindings/Text';

/** Stands in a body where a mention is. */
export const MENTION = '\u{FFFC}';

const WORD = /[\p{L}\p{N}\u{FFFC}]/u;
const ITEM = /^overleg:\/\/item\/([0-9a-f-]{36})$/i;
const LINK = /(?:overleg:\/\/item\/[0-9a-f-]{36}|https:\/\/[\p{L}\p{N}[][^\s<>"\u{FFFC}]*)/giu;

interface Run {
  at: number;
  length: number;
  opens: boolean;
  closes: boolean;
  paragraph: number;
}

export function spans(text: Text): Span[] {
  const { body } = text;
  const links = [...body.matchAll(LINK)].map((found) => {
    const url = found[0].replace(/[.,;:!?'*”’…)\]]+$/u, '');
    return { from: found.index, to: found.index + url.length, url };
  });
  const runs = starRuns(body, links);
  const mentions = [...(text.mentions ?? [])];
  const out: Span[] = [];

  const write = (from: number, to: number, italic: boolean, bold: boolean) => {
    for (const link of links.filter((one) => one.from >= from && one.to <= to)) {
      plain(from, link.from, italic, bold);
      const item = ITEM.exec(link.url)?.[1];
      out.push(item ? { what: 'item', item, italic, bold } : { what: 'link', url: link.url, italic, bold });
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
    for (let next = 0; next < inside.length; next++) {
      const open = inside[next] as Run;
      if (!open.opens) continue;
      const close = inside.findIndex(
        (run, index) =>
          index > next &&
          run.closes &&
          run.length === open.length &&
          run.paragraph === open.paragraph &&
          run.at > open.at + open.length,
      );
      if (close < 0) continue;
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

function starRuns(body: string, links: { from: number; to: number }[]): Run[] {
  return [...body.matchAll(/\*+/g)]
    .filter((run) => !links.some((link) => run.index >= link.from && run.index < link.to))
    .filter((run) => run[0].length <= 3)
    .map((run) => {
      const before = [...body.slice(0, run.index)].at(-1) ?? '';
      const after = [...body.slice(run.index + run[0].length)][0] ?? '';
      return {
        at: run.index,
        length: run[0].length,
        opens: !WORD.test(before) && /\S/.test(after),
        closes: /\S/.test(before) && !WORD.test(after),
        paragraph: body.slice(0, run.index).split(/\n\s*\n/).length,
      };
    });
}

export function preview(text: Text, name: (membership: string) => string, longest = 120): string {
  const line = spans(text)
    .map((span) => {
      if (span.what === 'text') return span.text;
      if (span.what === 'link') return span.url;
      return span.what === 'mention' ? `@${name(span.membership)}` : '\u{1F517}';
    })
    .join('')
    .replace(/\s+/gu, ' ')
    .trim();
  const characters = [...line];
  return characters.length > longest ? `${characters.slice(0, longest).join('').trimEnd()}…` : line;
}

export function clean(pasted: string): string {
  return (
    pasted
      .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
      // eslint-disable-next-line no-control-regex -- control characters are what goes
      .replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\uFFFC]/g, '')
  );
}
