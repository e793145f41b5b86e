/** A message as one sentence, for those who listen. */
import type { MessageView } from '$lib/bindings/MessageView';
import type { Span } from '$lib/bindings/Span';
import { m } from '$lib/paraglide/messages';

import { atMoment, moment } from './format';
import { stateSentence } from './sentence';

/** What was said, without formatting and with names for mentions. */
export function plainText(
  spans: Span[],
  mentions: MessageView['mentions'],
  /** What an item is called, or where it is. */
  item: (item: string) => string | undefined = () => undefined,
): string {
  const names = new Map(mentions.map((one) => [one.membership, one.name]));
  return spans
    .map((span) => {
      if (span.what === 'text') return span.text;
      if (span.what === 'link') return span.url;
      if (span.what === 'mention') return `@${names.get(span.membership) ?? '…'}`;
      return item(span.item) ?? m.item_link();
    })
    .join('');
}

/** That it answers something, and whom, where that can be seen (M2). */
function answering({ quote }: MessageView): string | null {
  if (!quote) return null;
  if (quote.quote === 'available') return m.in_reply_to({ name: quote.author });
  return quote.quote === 'deleted' ? m.in_reply_to_deleted() : m.in_reply_to_unseen();
}

export function spoken(message: MessageView, item?: (item: string) => string | undefined): string {
  const { author, body, written_at } = message;
  const who = author.me
    ? m.you()
    : m.author_at({ name: author.name, role: author.function, organisation: author.organisation });
  const said =
    body.body === 'said'
      ? plainText(body.spans, message.mentions, item)
      : body.body === 'deleted'
        ? m.message_deleted()
        : m.message_unavailable();
  const parts = [
    who,
    author.outside ? m.outside_organisation() : null,
    moment(message.at),
    written_at === null ? null : m.written_at({ moment: atMoment(written_at) }),
    answering(message),
    message.edited && body.body === 'said' ? m.edited() : null,
    message.state.state === 'accepted' ? null : stateSentence(message.state),
  ];
  return `${parts.filter(Boolean).join(', ')}: ${said}`;
}
