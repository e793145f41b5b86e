/** The teams and items of the fake world, and what is said at the items. */
import type { ItemCard } from '$lib/bindings/ItemCard';
import type { TeamCard } from '$lib/bindings/TeamCard';

import { PEOPLE, type Key } from './people';
import type { Script } from './scripts';

interface Team {
  card: TeamCard;
  members: string[];
}

function team(id: string, name: string, where: Key, unit_name: string, members: Key[]): Team {
  const { organisation, organisation_name } = PEOPLE[where];
  return {
    card: { team: id, name, organisation, organisation_name, unit_name, ended: false },
    members: members.map((one) => PEOPLE[one].membership),
  };
}

export const TEAMS: Team[] = [
  team('team-wond', 'Team Wond', 'bram', 'Wijkteam Kanaalzone', ['bram', 'fatima']),
  team('team-wond-oudwijk', 'Team Wond', 'noor', 'Polikliniek Chirurgie', ['noor', 'sanneO']),
  team('team-ouderen', 'Ouderenzorg', 'anna', 'Praktijk Noord', ['joost', 'meryem']),
  team(
    'team-lang',
    'Transmuraal adviesteam ouderengeneeskunde en zorgcoördinatie Utrechtse Heuvelrug',
    'long',
    'Centrum voor Kaakchirurgie, Mondziekten en Bijzondere Tandheelkunde',
    ['long'],
  ),
];

/** The id of an item by its number; `ITEM` gives Anna's permission at each. */
function id(number: number): string {
  return `00000000-0000-7000-8000-00000000aa0${number}`;
}

export const ITEM = {
  /** Handled and analysed. */
  fall: id(1),
  /** Closed, and nothing was said yet. */
  closed: id(2),
  /** Analysed only. */
  analysed: id(3),
  long: id(4),
  /** Not seen, but taken part in. */
  partly: id(5),
  /** Of another membership. */
  post: id(6),
  unseen: id(9),
};

function item(
  at: string,
  title: string,
  item_type: string,
  { handle = true, analyse = true, closed = false, by = ['anna'] }: ItemRights = {},
): ItemCard {
  return {
    item: at,
    title,
    item_type,
    organisation: PEOPLE.anna.organisation,
    organisation_name: PEOPLE.anna.organisation_name,
    unit_name: 'Praktijk Noord',
    link: 'https://dossier.voorbeeld.nl/melding/12',
    client: 'C-2041',
    closed,
    held: by.map((one) => ({ membership: `m-${one}`, handle, analyse })),
  };
}

interface ItemRights {
  handle?: boolean;
  analyse?: boolean;
  closed?: boolean;
  by?: string[];
}

/** The items that Anna may see; every other id stands for one that she may not. */
export const ITEMS: ItemCard[] = [
  item(ITEM.fall, 'Valincident mevrouw D., kamer 12', 'Melding', { by: ['anna', 'anna-post'] }),
  item(ITEM.closed, 'Medicatiefout bij overdracht', 'Incident', { analyse: false, closed: true }),
  item(ITEM.analysed, 'Val bij het opstaan, dhr. P.', 'Incident', { handle: false }),
  item(
    ITEM.long,
    'Onderhoudsopdracht tillift en hoog-laagbed: veiligheidsvoorzieningen, onderhoudscontractverantwoordelijkheid en verbetermaatregelopdrachten',
    'Verbetermaatregelopdracht',
  ),
];

/** Closed for all; it has an id that an address can name. */
export const FIRST_AID = '00000000-0000-7000-8000-00000000bb01';

/** The conversations about the items: with a team, visible without taking part, left, and closed for everyone. */
export const ITEM_SCRIPTS: Script[] = [
  {
    id: 'val',
    shape: 'item',
    item: ITEM.fall,
    subject: 'Valincident mevrouw D., kamer 12',
    owner: 'anna',
    with: ['joost', 'bram', 'fatima', 'meryem'],
    teams: ['team-wond'],
    named: ['bram'],
    lines: [
      {
        by: 'anna',
        at: [1, '16:05'],
        text: 'Mevrouw is vannacht naast haar bed gevonden. Wie heeft haar gisteravond geholpen?',
      },
      {
        by: 'fatima',
        at: [0, '08:10'],
        text: `Ik. De belmat lag los. Zie ook overleg://item/${ITEM.closed} en overleg://item/${ITEM.unseen}`,
      },
      {
        by: 'anna',
        at: [0, '08:31'],
        text: `Dank. De afspraken staan op https://voorbeeld.nl/protocol/valpreventie, en in overleg://item/${ITEM.long}. De opvang staat in overleg://conversation/${FIRST_AID}/2.`,
      },
    ],
  },
  {
    id: 'mat',
    shape: 'item',
    item: ITEM.fall,
    subject: 'Belmatten op de afdeling',
    owner: 'joost',
    with: ['els', 'noor'],
    viaItem: true,
    mayJoin: true,
    lines: [
      { by: 'joost', at: [3, '09:00'], text: 'Zijn er meer kamers waar de belmat los ligt?' },
      { by: 'els', at: [3, '09:40'], text: 'Kamer 4 en 9. De technische dienst komt morgen.' },
    ],
  },
  {
    id: FIRST_AID,
    shape: 'item',
    item: ITEM.fall,
    subject: 'Eerste opvang na de val',
    owner: 'joost',
    with: ['anna', 'meryem'],
    readOnly: 'joost',
    lines: [
      { by: 'joost', at: [5, '07:20'], text: 'Geen letsel gevonden, controles elk uur.' },
      { by: 'joost', at: [4, '17:00'], archived: true },
    ],
  },
  {
    id: 'verlaten',
    shape: 'item',
    item: ITEM.partly,
    subject: 'Klacht over de bejegening',
    owner: 'ruud',
    with: ['anna', 'lotte'],
    viaItem: true,
    lines: [
      { by: 'ruud', at: [12, '10:15'], text: 'Mag ik jou vragen hoe het gesprek is gegaan?' },
      { by: 'anna', at: [12, '11:02'], text: 'Rustig. Zij wil graag een brief.' },
      { by: 'anna', at: [11, '09:00'], left: true },
    ],
  },
];
