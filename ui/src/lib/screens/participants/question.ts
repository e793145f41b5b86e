/** Confirmations of actions on a conversation or its participants (P1, P9, A2, L3). */
import type { ParticipantView } from '$lib/bindings/ParticipantView';
import type { TeamView } from '$lib/bindings/TeamView';

export type Question =
  | { what: 'remove' | 'hand_over'; person: ParticipantView }
  | { what: 'remove_team'; team: TeamView }
  | { what: 'archive' | 'delete' };
