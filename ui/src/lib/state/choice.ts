/** Who can be chosen for a conversation: a colleague, or a team (O4). */
import type { FoundPerson } from '$lib/bindings/FoundPerson';
import type { FoundTeam } from '$lib/bindings/FoundTeam';
import { fullName } from '$lib/words/format';

export type Choice = FoundPerson | FoundTeam;

export function isTeam(choice: Choice): choice is FoundTeam {
  return 'team' in choice;
}

export function keyOf(choice: Choice): string {
  return isTeam(choice) ? choice.team : choice.membership;
}

export function nameOf(choice: Choice): string {
  return isTeam(choice) ? choice.name : fullName(choice.name);
}
