/** Who can be chosen for a conversation: a colleague, or a team (O4). */
import type { FoundPerson } from '$lib/bindings/FoundPerson';
import type { FoundTeam } from '$lib/bindings/FoundTeam';
import { isolate } from '$lib/words/isolate';
import { fullName, place, together } from '$lib/words/format';
import { plain } from '$lib/words/matching';

export type Choice = FoundPerson | FoundTeam;

export function isTeam(choice: Choice): choice is FoundTeam {
  return 'team' in choice;
}

/** The other organisations that those chosen are of, each once. */
export function otherOrganisations(chosen: Choice[]): string[] {
  return [...new Set(chosen.filter((one) => one.outside).map((one) => one.organisation_name))];
}

export function keyOf(choice: Choice): string {
  return isTeam(choice) ? choice.team : choice.membership;
}

export function nameOf(choice: Choice): string {
  return isTeam(choice) ? choice.name : fullName(choice.name);
}

/** What tells them apart from someone of the same name: what they do, and where. */
export function whereOf(choice: Choice): string {
  return isTeam(choice) ? place(choice) : together(choice.function, place(choice));
}

/** There is another one of this name, where they were found or among those chosen. */
export function hasNamesake(choice: Choice, chosen: Choice[]): boolean {
  const name = plain(nameOf(choice));
  return (
    choice.namesake || chosen.some((other) => keyOf(other) !== keyOf(choice) && plain(nameOf(other)) === name)
  );
}

/** The name, and of a namesake which one it is. */
export function calledAmong(choice: Choice, chosen: Choice[]): string {
  const name = nameOf(choice);
  return hasNamesake(choice, chosen) ? `${isolate(name)} (${isolate(whereOf(choice))})` : name;
}
