/** People whom an unsent message will add, because it mentions them (P8). */
import type { AbsentRecipient } from '$lib/bindings/AbsentRecipient';
import type { ConversationView } from '$lib/bindings/ConversationView';
import type { Destination } from '$lib/bindings/Destination';
import type { Mentioned } from '$lib/bindings/Mentioned';
import type { MessageView } from '$lib/bindings/MessageView';
import type { ParticipantView } from '$lib/bindings/ParticipantView';
import type { Refusal } from '$lib/bindings/Refusal';
import type { EditorText } from '$lib/words/editor-text';
import { fullName } from '$lib/words/format';

import type { Candidate } from './mentions.svelte';

export interface PendingAddition {
  membership: string;
  name: string;
  /** Function and organisation, when this device knows them. */
  card: Candidate | null;
}

type Where = Pick<ConversationView, 'shape' | 'participants'>;

/** The mentioned people who do not take part yet, each once. A direct conversation adds nobody (P4). */
export function pendingAdditions(
  written: EditorText,
  view: Where,
  known: (membership: string) => Candidate | undefined,
): PendingAddition[] {
  if (view.shape === 'direct') return [];
  const there = new Set(view.participants.map((one) => one.membership));
  const found = new Map<string, PendingAddition>();
  for (const { membership, from, to } of written.mentions) {
    if (there.has(membership)) continue;
    const name = written.shown.slice(from + 1, to);
    found.set(membership, { membership, name, card: known(membership) ?? null });
  }
  return [...found.values()];
}

/** Destination of a message after the additions (W1, W2). */
export function withAdditions(destination: Destination, joins: PendingAddition[]): Destination {
  if (joins.length === 0) return destination;
  const outside = joins.flatMap(({ card }) => (card?.outside ? [card.card.organisation_name] : []));
  return {
    // Somebody new may be at work.
    all_absent: destination.all_absent && joins.length === 0,
    colleagues: destination.colleagues + joins.length,
    outside: destination.outside + outside.length,
    organisations: [...new Set([...destination.organisations, ...outside])],
    to: destination.colleagues === 0 && joins.length === 1 ? (joins[0]?.name ?? null) : null,
    namesakes: destination.namesakes,
    absent: [...destination.absent, ...joins.flatMap(absentOf)],
    absent_until: destination.absent_until,
  };
}

function absentOf({ membership, name, card }: PendingAddition): AbsentRecipient[] {
  return card?.presence?.absent ? [{ membership, name, presence: card.presence }] : [];
}

/** With the participants whom the text mentions, as it is typed: of many participants the view names those of a kept draft. */
export function withMentioned(
  absent: AbsentRecipient[],
  written: EditorText,
  participants: ParticipantView[],
): AbsentRecipient[] {
  const named = new Set(absent.map((one) => one.membership));
  const mentioned = new Set(written.mentions.map((one) => one.membership));
  const others = participants.flatMap(({ membership, name, presence, me }) =>
    !me && presence?.absent && mentioned.has(membership) && !named.has(membership)
      ? [{ membership, name: fullName(name), presence }]
      : [],
  );
  return [...absent, ...others];
}

/** Other organisations that have nobody in the conversation before the additions. */
export function newOrganisations(destination: Destination, joins: PendingAddition[]): string[] {
  const outside = joins.flatMap(({ card }) => (card?.outside ? [card.card.organisation_name] : []));
  return [...new Set(outside)].filter((one) => !destination.organisations.includes(one));
}

/** Refusals because of a mention. */
const OF_MENTIONS: Refusal[] = ['mention_not_allowed', 'edit_names_newcomer'];

/** The mentioned people whom a refused message would have added. */
export function notAllowed(message: MessageView, view: Where | null): Mentioned[] {
  const { state } = message;
  if (!view || state.state !== 'refused' || !OF_MENTIONS.includes(state.refusal)) return [];
  const there = new Set(view.participants.map((one) => one.membership));
  const found = message.mentions.filter((one) => !there.has(one.membership));
  return [...new Map(found.map((one) => [one.membership, one])).values()];
}
