/** Addresses of Overleg's own: of an item, and of a conversation or a message in it. */
import type { Link } from '$lib/bindings/Link';

const ITEM = 'overleg://item/';
const CONVERSATION = 'overleg://conversation/';
const OURS = /^overleg:\/\/(item|conversation)\/([0-9a-f-]{36})(?:\/([1-9][0-9]*))?\/?$/iu;

export function linkTo(item: string): string {
  return ITEM + item;
}

export function linkToConversation(conversation: string, number: number | null = null): string {
  return CONVERSATION + conversation + (number === null ? '' : `/${number}`);
}

/** What an address of ours names; `null` for every other one. */
export function linkOf(url: string): Link | null {
  const [, kind, id = '', number] = OURS.exec(url) ?? [];
  if (kind?.toLowerCase() === 'conversation') {
    return { link: 'conversation', conversation: id, number: number === undefined ? null : Number(number) };
  }
  return kind && number === undefined ? { link: 'item', item: id } : null;
}
