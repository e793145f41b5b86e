/** The active filters of the overview, in words. */
import type { ConversationKind } from '$lib/bindings/ConversationKind';
import type { Only } from '$lib/bindings/Only';
import { m } from '$lib/paraglide/messages';

export function kindName(kind: ConversationKind): string {
  return { direct: m.kind_direct, group: m.kind_group, item: m.kind_item }[kind]();
}

/** Each part of it, with what it is called. */
export function parts(
  only: Only,
  organisation: (id: string) => string | null,
): { part: keyof Only; label: string }[] {
  const all: { part: keyof Only; label: string | null }[] = [
    {
      part: 'organisation',
      label: only.organisation && (organisation(only.organisation) ?? m.organisation()),
    },
    { part: 'kind', label: only.kind && kindName(only.kind) },
    { part: 'item_type', label: only.item_type },
    { part: 'mentioned', label: only.mentioned ? m.mentioned_me() : null },
  ];
  return all.flatMap(({ part, label }) => (label ? [{ part, label }] : []));
}
