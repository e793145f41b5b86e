/** A candidate for a conversation: a colleague or a team (O4). */
import type { FoundPerson } from '$lib/bindings/FoundPerson';
import type { Namesake } from '$lib/bindings/Namesake';
import type { PresenceView } from '$lib/bindings/PresenceView';
import type { FoundTeam } from '$lib/bindings/FoundTeam';
import { isolate } from '$lib/words/isolate';
import { fullName, place, together } from '$lib/words/format';
import { plain } from '$lib/words/matching';

export type Choice = FoundPerson | FoundTeam;

export function isTeam(choice: Choice): choice is FoundTeam {
  return 'team' in choice;
}

/** The other organisations of the chosen candidates, each once. */
export function otherOrganisations(chosen: Choice[]): string[] {
  return [...new Set(chosen.filter((one) => one.outside).map((one) => one.organisation_name))];
}

export function keyOf(choice: Choice): string {
  return isTeam(choice) ? choice.team : choice.membership;
}

export function nameOf(choice: Choice): string {
  return isTeam(choice) ? choice.name : fullName(choice.name);
}

/** The colleague or team that covers for somebody, where one may be chosen (O5). */
export function coverOf(presence: PresenceView): Choice | null {
  return presence.cover?.person ?? presence.cover?.team ?? null;
}

/** Those chosen who are not at work now. */
export function absentAmong(
  chosen: Choice[],
): { membership: string; name: string; presence: PresenceView }[] {
  return chosen.flatMap((one) =>
    !isTeam(one) && one.presence?.absent
      ? [{ membership: one.membership, name: nameOf(one), presence: one.presence }]
      : [],
  );
}

/** Distinguishes namesakes: function and place. */
export function whereOf(choice: Choice): string {
  return isTeam(choice) ? place(choice) : together(choice.function, place(choice));
}

/** Whether the search result or the selection has another candidate of the same name. */
export function hasNamesake(choice: Choice, chosen: Choice[]): boolean {
  const name = plain(nameOf(choice));
  return (
    choice.namesake || chosen.some((other) => keyOf(other) !== keyOf(choice) && plain(nameOf(other)) === name)
  );
}

/** A colleague who could be taken for another, as they are named before one sends (W2). */
export function namesakeOf({ name, ...card }: FoundPerson): Namesake {
  return {
    name: fullName(name),
    function: card.function,
    organisation: card.organisation_name,
    unit: card.unit_name,
  };
}

/** The name; for a namesake also function and place. */
export function calledAmong(choice: Choice, chosen: Choice[]): string {
  const name = nameOf(choice);
  return hasNamesake(choice, chosen) ? `${isolate(name)} (${isolate(whereOf(choice))})` : name;
}
