/** The teams and items of the fake world. */
import type { ItemCard } from '$lib/bindings/ItemCard';
import type { TeamCard } from '$lib/bindings/TeamCard';

import { PEOPLE } from './people';

interface Team {
  card: TeamCard;
  members: string[];
}

const { organisation, organisation_name } = PEOPLE.bram;

export const TEAMS: Team[] = [
  {
    card: {
      team: 'team-wond',
      name: 'Team Wond',
      organisation,
      organisation_name,
      unit_name: 'Wijkteam Kanaalzone',
      ended: false,
    },
    members: [PEOPLE.bram.membership, PEOPLE.fatima.membership],
  },
  {
    card: {
      team: 'team-ouderen',
      name: 'Ouderenzorg',
      organisation: PEOPLE.anna.organisation,
      organisation_name: PEOPLE.anna.organisation_name,
      unit_name: 'Praktijk Noord',
      ended: false,
    },
    members: [PEOPLE.joost.membership, PEOPLE.meryem.membership],
  },
];

function item(id: string, title: string, item_type: string, analyse: boolean, closed = false): ItemCard {
  return {
    item: id,
    title,
    item_type,
    organisation: PEOPLE.anna.organisation,
    organisation_name: PEOPLE.anna.organisation_name,
    unit_name: 'Praktijk Noord',
    link: 'https://dossier.voorbeeld.nl/melding/12',
    client: 'C-2041',
    closed,
    held: [{ membership: PEOPLE.anna.membership, handle: true, analyse }],
  };
}

/** Those that Anna may see; every other id is one that she may not. */
export const ITEMS: ItemCard[] = [
  item('00000000-0000-7000-8000-00000000aa01', 'Valincident mevrouw D., kamer 12', 'Melding', true),
  item('00000000-0000-7000-8000-00000000aa02', 'Medicatiefout bij overdracht', 'Incident', false, true),
];
