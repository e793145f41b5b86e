/** Addresses of Overleg's own: of an item, of a conversation or a message in it, and of a part of the settings. */
import type { Link } from '$lib/bindings/Link';
import type { SettingsPage } from '$lib/bindings/SettingsPage';
import type { Span } from '$lib/bindings/Span';

/** A link to what has a title, and can stand in a text. */
export type TitledLink = Exclude<Link, { link: 'settings' }>;

const ITEM = 'overleg://item/';
const CONVERSATION = 'overleg://conversation/';
const OURS = /^overleg:\/\/(item|conversation)\/([0-9a-f-]{36})(?:\/([1-9][0-9]*))?\/?$/iu;
const SETTINGS = /^overleg:\/\/settings\/(.+?)\/?$/iu;
const PAGES: Record<SettingsPage, true> = { mail: true, notifications: true };
const IN_TEXT = /(overleg:\/\/conversation\/[0-9a-f-]{36}(?:\/[1-9][0-9]*)?)(?![\w-])/iu;

export function linkToConversation(conversation: string, number: number | null = null): string {
  return CONVERSATION + conversation + (number === null ? '' : `/${number}`);
}

export function linkTo(link: TitledLink): string {
  return link.link === 'item' ? ITEM + link.item : linkToConversation(link.conversation, link.number);
}

/** The link that an address of Overleg stands for; `null` for every other address. */
export function linkOf(url: string): Link | null {
  const page = SETTINGS.exec(url)?.[1];
  if (page !== undefined) return isPage(page) ? { link: 'settings', page } : null;
  return titledLinkOf(url);
}

function isPage(name: string): name is SettingsPage {
  return Object.hasOwn(PAGES, name);
}

function titledLinkOf(url: string): TitledLink | null {
  const [, kind, id = '', number] = OURS.exec(url) ?? [];
  if (kind?.toLowerCase() === 'conversation') {
    return { link: 'conversation', conversation: id, number: number === undefined ? null : Number(number) };
  }
  return kind && number === undefined ? { link: 'item', item: id } : null;
}

/** A piece of a text as it is shown: what names something of ours is a link to it. */
export type Piece =
  Exclude<Span, { what: 'item' }> | { what: 'ours'; link: TitledLink; italic: boolean; bold: boolean };

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
        const link = titledLinkOf(text);
        return link ? { what: 'ours', link, italic, bold } : { what: 'text', text, italic, bold };
      });
  });
}
