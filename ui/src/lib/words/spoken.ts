/** A message as one sentence, for those who listen. */
import type { MessageView } from '$lib/bindings/MessageView';
import type { Span } from '$lib/bindings/Span';
import { m } from '$lib/paraglide/messages';

import { moment } from './format';
import { stateSentence } from './sentence';

/** What was said, without formatting and with names for mentions. */
export function plainText(spans: Span[], mentions: MessageView['mentions']): string {
  const names = new Map(mentions.map((one) => [one.membership, one.name]));
  return spans
    .map((span) => {
      if (span.what === 'text') return span.text;
      if (span.what === 'link') return span.url;
      return span.what === 'mention' ? `@${names.get(span.membership) ?? '…'}` : m.item_link();
    })
    .join('');
}

export function spoken(message: MessageView): string {
  const { author, body } = message;
  const who = author.me
    ? m.you()
    : m.author_at({ name: author.name, role: author.function, organisation: author.organisation });
  const said =
    body.body === 'said'
      ? plainText(body.spans, message.mentions)
      : body.body === 'deleted'
        ? m.message_deleted()
        : m.message_unavailable();
  const parts = [
    who,
    author.outside ? m.outside_organisation() : null,
    moment(message.at),
    message.quote?.quote === 'available' ? m.in_reply_to({ name: message.quote.author }) : null,
    message.edited ? m.edited() : null,
    message.state.state === 'accepted' ? null : stateSentence(message.state),
  ];
  return `${parts.filter(Boolean).join(', ')}: ${said}`;
}
