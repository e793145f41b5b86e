/** Addresses of Overleg's own: of an item, and of a conversation or a message in it. */
import type { Link } from '$lib/bindings/Link';
import type { Span } from '$lib/bindings/Span';

const ITEM = 'overleg://item/';
const CONVERSATION = 'overleg://conversation/';
const OURS = /^overleg:\/\/(item|conversation)\/([0-9a-f-]{36})(?:\/([1-9][0-9]*))?\/?$/iu;
const IN_TEXT = /(overleg:\/\/conversation\/[0-9a-f-]{36}(?:\/[1-9][0-9]*)?)(?![\w-])/iu;

export function linkToConversation(conversation: string, number: number | null = null): string {
  return CONVERSATION + conversation + (number === null ? '' : `/${number}`);
}

export function linkTo(link: Link): string {
  return link.link === 'item' ? ITEM + link.item : linkToConversation(link.conversation, link.number);
}

/** The link that an address of Overleg stands for; `null` for every other address. */
export function linkOf(url: string): Link | null {
  const [, kind, id = '', number] = OURS.exec(url) ?? [];
  if (kind?.toLowerCase() === 'conversation') {
    return { link: 'conversation', conversation: id, number: number === undefined ? null : Number(number) };
  }
  return kind && number === undefined ? { link: 'item', item: id } : null;
}

/** A piece of a text as it is shown: what names something of ours is a link to it. */
export type Piece =
  Exclude<Span, { what: 'item' }> | { what: 'ours'; link: Link; italic: boolean; bold: boolean };

/** To the engine an address of a conversation is text (M1): here, where it can be opened, it is a link. */
export function pieces(spans: Span[]): Piece[] {
  return spans.flatMap((span): Piece[] => {
    const { italic, bold } = span;
    if (span.what === 'item')
      return [{ what: 'ours', link: { link: 'item', item: span.item }, italic, bold }];
    if (span.what !== 'text') return [span];
    return span.text
      .split(IN_TEXT)
      .filter((text) => text !== '')
      .map((text) => {
        const link = linkOf(text);
        return link ? { what: 'ours', link, italic, bold } : { what: 'text', text, italic, bold };
      });
  });
}
