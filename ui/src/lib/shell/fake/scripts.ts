/** The conversations of the fake data. Texts are Dutch, as between colleagues; no patient is a real person. */
import type { Line } from '$lib/bindings/Line';

import type { Sample } from './files';
import type { Key } from './people';

/** Minutes ago, or a number of days ago at a time. */
export type When = number | [days: number, time: string];

export interface Said {
  by: Key;
  at: When;
  text: string;
  /** The person mentioned at each `@` in the text. */
  mentions?: Key[];
  /** The place in the script of the message that it answers. */
  replyTo?: number;
  /** It answers a message that the user does not see. */
  replyToUnseen?: true;
  /** It is urgent, for this reason. */
  urgent?: string;
  edited?: true;
  deleted?: true;
  /** Changed at a place that the user does not see. */
  unavailable?: true;
  /** It is too old to be changed. */
  fixed?: true;
  files?: Sample[];
  /** The time of writing, if it waited in the outbox. */
  writtenAt?: When;
}

export type ScriptLine =
  | { by: Key; at: When; added: Key[]; shared?: true }
  | { by: Key; at: When; removed: Key }
  | { by: Key; at: When; left: true; ended?: true }
  | { by: Key; at: When; handedOver: Key }
  | { by: Key; at: When; archived: true }
  | { by: Key; at: When; updateNeeded: true }
  /** A line as it is. */
  | { by: Key; at: When; line: Line };

export interface Script {
  id: string;
  shape: 'direct' | 'group' | 'item';
  item?: string;
  subject?: string;
  owner: Key;
  with: Key[];
  teams?: string[];
  named?: Key[];
  /** The user sees it through its item without taking part. */
  viaItem?: true;
  /** One may join it. */
  mayJoin?: true;
  lines: (Said | ScriptLine)[];
  /** How many of the last places are unread. */
  unread?: number;
  draft?: string;
  archived?: true;
  muted?: true;
  readOnly?: Key;
}

export const SCRIPTS: Script[] = [
  {
    id: 'wond',
    shape: 'group',
    subject: 'Wondbeleid mevr. D. na ontslag',
    owner: 'anna',
    with: ['bram', 'fatima', 'noor'],
    unread: 3,
    lines: [
      {
        by: 'anna',
        at: [1, '16:05'],
        text: 'Mevrouw D. komt morgen thuis na de heupoperatie. De wond aan de linkerhiel baart mij zorgen: ca. 2 × 3 cm, gelig beslag, geen koorts. Wie kan donderdag kijken, en wat raden jullie aan tot die tijd?',
      },
      {
        by: 'noor',
        at: [1, '16:31'],
        text: 'Bij ons was het beslag gisteren nog beperkt. **Druk vrijleggen is het belangrijkste**: hiel los van het matras, ook ’s nachts. Geen steunkous links zolang de enkel-armindex niet bekend is.',
      },
      { by: 'noor', at: [1, '16:32'], text: 'Kweek is afgenomen op 16-11, uitslag volgt uiterlijk vrijdag.' },
      { by: 'anna', at: [1, '17:10'], added: ['bram'], shared: true },
      {
        by: 'bram',
        at: [0, '08:42'],
        text: 'Ik sta donderdag om 10:15 bij mevrouw. Tot dan: spoelen met lauw water, alginaat, *niet* dichtplakken. Foto’s zet ik daarna hier neer.',
        replyTo: 0,
        edited: true,
      },
      {
        by: 'anna',
        at: [0, '09:03'],
        text: 'Dank, dat helpt. Ik laat de kous weg en bel de dochter over de matrasverhoging.',
      },
      { by: 'fatima', at: 96, text: 'Dit bericht hoort in een ander gesprek.', deleted: true },
      {
        by: 'fatima',
        at: 95,
        text: 'Avondzorg gaat vandaag al langs. @ zal ik de enkel-armindex meteen meten, of wacht jij daar liever mee tot donderdag?\nDan neem ik de doppler mee:\nhttps://voorbeeld.nl/protocol/enkel-armindex',
        mentions: ['bram'],
      },
      { by: 'bram', at: 41, text: 'Graag meteen. Dan weet ik donderdag of ik mag zwachtelen.', replyTo: 7 },
      {
        by: 'noor',
        at: 12,
        text: 'Akkoord met dit plan. Bel 2041 als de index onder 0,6 ligt, dan plan ik de vaatpoli in.',
      },
    ],
  },
  {
    id: 'bram',
    shape: 'direct',
    owner: 'anna',
    with: ['bram'],
    draft: 'Kun je ook kijken of er ',
    lines: [
      {
        by: 'bram',
        at: [6, '11:20'],
        text: 'Heb jij nog wondfolie van maat M? Onze levering is pas dinsdag.',
      },
      { by: 'anna', at: [6, '11:24'], text: 'Ja, twee dozen. Ik leg ze bij de balie klaar.' },
      { by: 'bram', at: [0, '07:55'], text: 'Fijn, ik haal ze om 8 uur op.' },
    ],
  },
  {
    id: 'medicatie',
    shape: 'group',
    subject: 'Medicatieoverdracht dhr. K.: metoprolol en apixaban',
    owner: 'pieter',
    with: ['anna', 'daan', 'meryem'],
    unread: 1,
    lines: [
      {
        by: 'pieter',
        at: [2, '09:12'],
        text: 'Dhr. K. gaat vandaag met ontslag. Metoprolol is van 50 naar **100 mg** gegaan, apixaban 2 dd 5 mg toegevoegd. Graag nierfunctie over twee weken.',
      },
      {
        by: 'anna',
        at: [2, '10:40'],
        text: 'Helder. Lab staat ingepland op 1 december. Stop ik de acetylsalicylzuur?',
      },
      {
        by: 'daan',
        at: [2, '11:02'],
        text: 'Ja, stoppen: geen meerwaarde naast apixaban, wel meer kans op bloedingen.',
        replyTo: 1,
      },
      { by: 'pieter', at: [2, '11:05'], text: 'Eens met Daan.' },
      {
        by: 'meryem',
        at: [1, '14:20'],
        text: 'Ik spreek hem vrijdag op het spreekuur en neem de nieuwe lijst met hem door.',
      },
      {
        by: 'daan',
        at: 128,
        text: 'Bedankt. Denk aan de pil die hij zelf koopt: sint-janskruid gaat niet samen met apixaban.',
      },
    ],
  },
  {
    id: 'noor',
    shape: 'direct',
    owner: 'noor',
    with: ['noor'],
    unread: 1,
    lines: [
      {
        by: 'noor',
        at: 173,
        text: 'Heb je vanmiddag vijf minuten? Gaat over de val van mevr. D. in de nacht voor de opname.',
      },
    ],
  },
  {
    id: 'ggz',
    shape: 'group',
    subject: 'Afstemming dhr. V.: somberheid en slaap',
    owner: 'anna',
    with: ['lotte', 'ruud', 'yousef'],
    muted: true,
    lines: [
      {
        by: 'anna',
        at: [3, '13:30'],
        text: 'Dhr. V. slaapt al drie weken slecht en komt nauwelijks buiten. Geen suïcidaliteit. Is een consult bij jullie passend, of eerst begeleiding via de POH?',
      },
      { by: 'lotte', at: [3, '15:02'], text: 'Ik zie hem graag eenmalig. Start nog geen benzodiazepine.' },
      { by: 'ruud', at: [2, '10:15'], text: 'Ik kan maandag op huisbezoek.' },
      {
        by: 'yousef',
        at: [1, '12:44'],
        text: 'Hij spreekt liever Arabisch. أستطيع التحدث معه يوم الثلاثاء — dinsdag kan ik meekijken.',
      },
      { by: 'anna', at: [1, '13:01'], text: 'Heel fijn, ik stel het hem voor.' },
    ],
  },
  {
    id: 'kaak',
    shape: 'group',
    subject:
      'Multidisciplinair behandelplan en verantwoordelijkheidsverdeling arbeidsongeschiktheidsbeoordeling kaakgewrichtsproblematiek',
    owner: 'long',
    with: ['anna', 'long', 'sanneO'],
    lines: [
      {
        by: 'long',
        at: [4, '10:00'],
        text: 'Graag stem ik de verantwoordelijkheidsverdeling af voordat het multidisciplinair overleg plaatsvindt.',
      },
      { by: 'sanneO', at: [4, '10:22'], text: 'Voor mij is vrijdag na 15:00 goed.' },
      { by: 'long', at: [4, '10:30'], handedOver: 'anna' },
    ],
  },
  {
    id: 'els',
    shape: 'direct',
    owner: 'els',
    with: ['els'],
    lines: [
      { by: 'els', at: [5, '16:48'], text: 'De verwijsbrief voor mevr. B. ligt klaar ter ondertekening.' },
      { by: 'anna', at: [5, '16:59'], text: 'Getekend, dank je.' },
    ],
  },
  {
    id: 'zorgpad',
    shape: 'group',
    subject: 'Werkafspraken zorgpad hartfalen',
    owner: 'pieter',
    with: ['anna', 'fatima', 'sanneV', 'joost'],
    readOnly: 'pieter',
    lines: [
      {
        by: 'pieter',
        at: [21, '09:00'],
        text: 'Concept van de werkafspraken is rond. Laatste opmerkingen graag voor vrijdag.',
      },
      { by: 'joost', at: [20, '12:10'], text: 'Geen opmerkingen.' },
      { by: 'sanneV', at: [20, '13:00'], left: true },
      { by: 'pieter', at: [18, '08:30'], archived: true },
    ],
  },
  {
    id: 'griep',
    shape: 'group',
    subject: 'Griepprik: planning oktober',
    owner: 'joost',
    with: ['anna', 'joost', 'els', 'meryem'],
    archived: true,
    lines: [
      { by: 'joost', at: [40, '08:15'], text: 'We prikken op 13, 14 en 20 oktober.' },
      { by: 'els', at: [40, '08:40'], text: 'Oproepen zijn de deur uit.' },
      { by: 'meryem', at: [30, '17:20'], text: '412 mensen geprikt, 18 komen er nog.' },
    ],
  },
];

const TURNS = [
  'Hoe was de nacht?',
  'Rustig, eenmaal eruit voor het toilet. Bloeddruk vanochtend 138/82.',
  'Gewicht 71,4 kg, dat is 0,6 kg minder dan gisteren.',
  'Goed. Furosemide blijft voorlopig 40 mg.',
  'Dochter vraagt of de fysiotherapie aan huis kan blijven komen, ook na de herindicatie in januari. Ik heb gezegd dat wij daar samen naar kijken en dat zij er volgende week van hoort.',
  'Dat lijkt me verstandig.',
  'Enkels zijn slanker, links nog iets oedeem.',
  'Ik kom donderdag langs.',
  'Labuitslag: natrium 138, kalium 4,1, kreatinine 96.',
  'Prima, geen wijziging.',
];
const TURN_KEYS: Key[] = [
  'fatima',
  'anna',
  'fatima',
  'pieter',
  'fatima',
  'anna',
  'meryem',
  'pieter',
  'fatima',
  'anna',
];

/** A conversation that has gone on for weeks. */
export function longScript(messages: number): Script {
  return {
    id: 'lang',
    shape: 'group',
    subject: 'Dagelijkse controle dhr. T.',
    owner: 'anna',
    with: ['fatima', 'pieter', 'meryem'],
    unread: 4,
    lines: Array.from({ length: messages }, (_, at) => {
      const after = messages - 1 - at;
      const back = Math.floor(after / 9);
      const minute = 8 * 60 + (8 - (after % 9)) * 17;
      const clock = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
      return {
        by: TURN_KEYS[at % TURN_KEYS.length] as Key,
        at: [back, clock] as [number, string],
        text: TURNS[at % TURNS.length] as string,
      };
    }),
  };
}

const SUBJECTS = [
  'Wondzorg',
  'Ontslag',
  'Medicatie',
  'Valrisico',
  'Palliatief beleid',
  'Voeding',
  'Revalidatie',
  'Indicatie',
  'Labuitslag',
  'Mantelzorg',
];
const INITIALS = 'ABCDEFGHJKLMNOPRSTVWZ';
const OTHERS: Key[] = ['bram', 'fatima', 'noor', 'pieter', 'daan', 'lotte', 'ruud', 'joost', 'meryem', 'els'];

/** As many conversations as asked for. */
export function manyScripts(count: number): Script[] {
  return Array.from({ length: count }, (_, at) => {
    const other = OTHERS[at % OTHERS.length] as Key;
    const subject = `${SUBJECTS[(at * 3) % SUBJECTS.length]} ${at % 2 ? 'dhr.' : 'mevr.'} ${INITIALS[(at * 5) % INITIALS.length]}.`;
    return {
      id: `veel-${at}`,
      shape: 'group',
      subject,
      owner: 'anna',
      with: [other, OTHERS[(at + 3) % OTHERS.length] as Key],
      unread: at % 17 === 3 ? 1 : 0,
      lines: [
        {
          by: other,
          at: at < 8 ? at * 9 + 3 : [1 + Math.floor(at / 12), '11:20'],
          text: TURNS[at % TURNS.length] as string,
        },
      ],
    };
  });
}
