/** The clinicians of the fake world: four organisations around one patient's kitchen table. */
import type { Card } from '$lib/bindings/Card';

const SINGEL = { organisation: 'o-singel', organisation_name: 'Huisartsenpraktijk De Singel' };
const VECHT = { organisation: 'o-vecht', organisation_name: 'Thuiszorg Vecht en Stroom' };
const OUDWIJK = { organisation: 'o-oudwijk', organisation_name: 'Ziekenhuis Oudwijk' };
const MERELVELD = { organisation: 'o-merelveld', organisation_name: 'GGZ Merelveld' };
const RIJNHOEK = { organisation: 'o-rijnhoek', organisation_name: 'Huisartsenpost Rijnhoek' };

type Where = typeof SINGEL;
type Named = [given: string, prefix: string, family: string];

function card(
  key: string,
  [given, prefix, family]: Named,
  where: Where,
  unit_name: string,
  discipline: string,
  role: string,
): Card {
  const name = prefix ? { given, prefix, family } : { given, family };
  return {
    membership: `m-${key}`,
    person: `p-${key}`,
    ...where,
    unit_name,
    ended: false,
    name,
    discipline,
    function: role,
  };
}

export const PEOPLE = {
  anna: card(
    'anna',
    ['Anna', 'van den', 'Berg'],
    SINGEL,
    'Praktijk Noord',
    'Huisartsgeneeskunde',
    'Huisarts',
  ),
  joost: card(
    'joost',
    ['Joost', '', 'Terpstra'],
    SINGEL,
    'Praktijk Noord',
    'Huisartsgeneeskunde',
    'Huisarts',
  ),
  meryem: card(
    'meryem',
    ['Meryem', '', 'Yıldız'],
    SINGEL,
    'Praktijk Noord',
    'Verpleegkunde',
    'Praktijkondersteuner',
  ),
  els: card(
    'els',
    ['Els', '', 'Kuipers'],
    SINGEL,
    'Praktijk Zuid',
    'Huisartsgeneeskunde',
    'Doktersassistent',
  ),
  bram: card('bram', ['Bram', 'de', 'Wit'], VECHT, 'Team Wond', 'Verpleegkunde', 'Wondverpleegkundige'),
  fatima: card(
    'fatima',
    ['Fatima', '', 'El Idrissi'],
    VECHT,
    'Wijkteam Kanaalzone',
    'Verpleegkunde',
    'Wijkverpleegkundige',
  ),
  sanneV: card('sanne-v', ['Sanne', 'de', 'Vries'], VECHT, 'Wijkteam Oost', 'Ergotherapie', 'Ergotherapeut'),
  sanneO: card(
    'sanne-o',
    ['Sanne', 'de', 'Vries'],
    OUDWIJK,
    'Polikliniek Interne',
    'Interne geneeskunde',
    'Verpleegkundig specialist',
  ),
  pieter: card(
    'pieter',
    ['Pieter', 'van der', 'Meulen'],
    OUDWIJK,
    'Cardiologie',
    'Cardiologie',
    'Cardioloog',
  ),
  noor: card(
    'noor',
    ['Noor', '', 'Haddad'],
    OUDWIJK,
    'Geriatrie',
    'Klinische geriatrie',
    'Klinisch geriater',
  ),
  daan: card(
    'daan',
    ['Daan', '', 'Bosman'],
    OUDWIJK,
    'Ziekenhuisapotheek',
    'Farmacie',
    'Ziekenhuisapotheker',
  ),
  lotte: card(
    'lotte',
    ['Lotte', '', 'Verhoeven'],
    MERELVELD,
    'Ouderenpsychiatrie',
    'Psychiatrie',
    'Psychiater',
  ),
  ruud: card(
    'ruud',
    ['Ruud', '', 'Jansen'],
    MERELVELD,
    'FACT-team West',
    'Verpleegkunde',
    'Sociaalpsychiatrisch verpleegkundige',
  ),
  yousef: card(
    'yousef',
    ['يوسف', '', 'الحسن'],
    MERELVELD,
    'Praktijk Vluchtelingenzorg',
    'Psychologie',
    'GZ-psycholoog',
  ),
  long: card(
    'long',
    ['Wilhelmina-Josephine', 'van der', 'Hoeven-Schimmelpenninck van Nijenrode'],
    OUDWIJK,
    'Centrum voor Kaakchirurgie, Mondziekten en Bijzondere Tandheelkunde',
    'Mondziekten, kaak- en aangezichtschirurgie',
    'Mond-, kaak- en aangezichtschirurg in opleiding',
  ),
  leila: card(
    'leila',
    ['لیلا', '', 'محمدی‌نژاد تبریزی'],
    MERELVELD,
    'Ouderenpsychiatrie',
    'Psychologie',
    'Psycholoog',
  ),
  /** Known by a family name only. */
  laan: card('laan', ['', 'van der', 'Laan'], VECHT, 'Wijkteam Oost', 'Diëtetiek', 'Diëtist'),
} satisfies Record<string, Card>;

export type Key = keyof typeof PEOPLE;

/** A second place where Anna works. */
export const ANNA_AT_THE_POST: Card = {
  ...card(
    'anna-post',
    ['Anna', 'van den', 'Berg'],
    RIJNHOEK,
    'Avonddienst',
    'Huisartsgeneeskunde',
    'Waarnemend huisarts',
  ),
  person: PEOPLE.anna.person,
};

export function fullName(card: Card): string {
  return [card.name.given, card.name.prefix, card.name.family].filter(Boolean).join(' ');
}

const GIVEN = [
  'Ada',
  'Bas',
  'Carlijn',
  'Dirk',
  'Esra',
  'Floor',
  'Gijs',
  'Hanna',
  'Imran',
  'Jet',
  'Koen',
  'Lina',
];
const FAMILY = [
  'Aalbers',
  'Blom',
  'Coenen',
  'Dekker',
  'Evers',
  'Faber',
  'Groen',
  'Hoekstra',
  'Ista',
  'Jonker',
  'Kok',
  'Luiten',
  'Mulder',
];
const ROLES = ['Verpleegkundige', 'Fysiotherapeut', 'Diëtist', 'Maatschappelijk werker', 'Logopedist'];

/** As many more people as asked for, always the same ones. */
export function crowd(count: number): Card[] {
  const places = [SINGEL, VECHT, OUDWIJK, MERELVELD];
  return Array.from({ length: count }, (_, at) =>
    card(
      `crowd-${at}`,
      [GIVEN[at % GIVEN.length] as string, '', FAMILY[(at * 7) % FAMILY.length] as string],
      places[at % places.length] as Where,
      `Afdeling ${1 + (at % 9)}`,
      'Verpleging en verzorging',
      ROLES[at % ROLES.length] as string,
    ),
  );
}
