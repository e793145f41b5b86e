/** A message as one sentence, for those who listen. */
import type { Mentioned } from '$lib/bindings/Mentioned';
import type { MessageView } from '$lib/bindings/MessageView';
import type { Span } from '$lib/bindings/Span';
import { m } from '$lib/paraglide/messages';
import { pieces, type TitledLink } from './links';

import { kindsBriefly } from './attachment-kinds';
import { isolate } from './isolate';
import { atMoment, listUpTo, moment, shortened } from './format';
import { stateSentence, waySentence } from './sentence';
import { serverNow } from './server-clock';

/**
 * The text of a message without formatting, with names for mentions and titles for links. Names and titles are isolated, so
 * that they do not change the direction of the text around them, unless the text is to be copied.
 */
export function plainText(
  spans: Span[],
  mentions: MessageView['mentions'],
  called: (link: TitledLink) => string | undefined = () => undefined,
  named: (name: string) => string = isolate,
): string {
  const names = new Map(mentions.map((one) => [one.membership, one.name]));
  return pieces(spans)
    .map((piece) => {
      if (piece.what === 'text') return piece.text;
      if (piece.what === 'link') return piece.url;
      if (piece.what === 'mention') return named(`@${names.get(piece.membership) ?? '…'}`);
      return named(called(piece.link) ?? (piece.link.link === 'item' ? m.item_link() : m.conversation()));
    })
    .join('');
}

/** Facts about a message that are not part of it. */
export interface About {
  /** Of the last message of one's own that anyone has read: who has (M9). */
  readBy: string[];
  /** The people for whom it was refused (P8). */
  refusedFor: Mentioned[];
  /** Returns the title of a link. */
  called: (link: TitledLink) => string;
}

/** That it answers something, and whom, where that can be seen (M2). */
function answering({ quote }: MessageView): string | null {
  if (!quote) return null;
  if (quote.quote === 'available') return m.in_reply_to({ name: quote.me ? m.yourself() : quote.author });
  return quote.quote === 'deleted' ? m.in_reply_to_deleted() : m.in_reply_to_unseen();
}

/** That it is urgent, and why. */
function urgentSentence({ urgent }: MessageView): string | null {
  if (!urgent) return null;
  return urgent.reason ? m.urgent_because({ reason: isolate(urgent.reason) }) : m.urgent();
}

function said({ body, mentions, attachments }: MessageView, called?: About['called']): string {
  if (body.body === 'said') {
    const text = plainText(body.spans, mentions, called);
    const files = kindsBriefly(attachments.map((one) => one.kind));
    return [text, files].filter(Boolean).join('. ');
  }
  return body.body === 'deleted' ? m.message_deleted() : m.message_unavailable();
}

export function spoken(message: MessageView, { readBy, refusedFor, called }: About): string {
  const { author, body, written_at, state } = message;
  const who = author.me
    ? m.you()
    : m.author_at({ name: author.name, role: author.function, organisation: author.organisation });
  const way = state.state === 'accepted' ? null : waySentence(message, refusedFor);
  const refused = state.state === 'refused';
  const parts = [
    who,
    author.outside ? m.outside_organisation() : null,
    urgentSentence(message),
    moment(message.at),
    written_at === null || state.state === 'stale' ? null : m.written_at({ moment: atMoment(written_at) }),
    answering(message),
    message.edited && body.body === 'said' ? m.edited() : null,
    refused ? null : way,
    readBy.length > 0 ? m.read_by({ names: listUpTo(readBy, 2) }) : null,
  ];
  const sentence = `${parts.filter(Boolean).join(', ')}: ${said(message, called)}`;
  // A refusal is a sentence by itself, and comes first.
  return refused ? `${way} ${sentence}` : sentence;
}

/** The user's own message, announced by its outcome, because the user knows its text. */
export function briefly(message: MessageView): string {
  const { state } = message;
  if (state.state === 'leaving') {
    return m.leaving_announced({ count: Math.max(1, Math.ceil((state.at - serverNow()) / 1000)) });
  }
  return `${stateSentence(state)}: ${shortened(said(message), 80)}`;
}
