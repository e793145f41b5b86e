/** Conversations with files: as they are usually, every state of one, and very many. */
import type { AttachmentFault } from '$lib/bindings/AttachmentFault';

import type { Sample } from './files';
import type { Said, Script } from './scripts';

const LONG =
  'Verantwoordelijkheidsverdeling-en-arbeidsongeschiktheidsbeoordeling-kaakgewrichtsproblematiek-definitief-v12.docx';

function pictures(count: number, ...sizes: [number, number][]): Sample[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `IMG_20261119_${String(1040 + at).padStart(4, '0')}12.jpg`,
    picture: sizes[at % sizes.length] ?? [1600, 1200],
  }));
}

/** A usual day: pictures of a wound, a letter, imaging. */
export const FILES: Script = {
  id: 'bestanden',
  shape: 'group',
  subject: 'Foto’s en brieven mevr. D.',
  owner: 'anna',
  with: ['bram', 'noor'],
  lines: [
    {
      by: 'noor',
      at: [1, '16:20'],
      text: 'De brief van de vaatpoli en de beelden van de hiel. De MRI is groot; die hoeft u niet te openen.',
      files: [
        { name: 'Brief vaatchirurgie mevr. D. 17-11-2026.pdf', size: 214_000, pinned: true },
        { name: 'MRI-enkel-links.dcm', size: 643_000_000, state: { state: 'remote' } },
        { name: LONG, size: 48_300 },
      ],
    },
    { by: 'bram', at: [0, '10:22'], text: 'Dit is de hiel vanmorgen.', files: pictures(1, [1600, 1200]) },
    { by: 'bram', at: [0, '10:24'], text: '', files: pictures(3, [1200, 1600], [1600, 1200]) },
    {
      by: 'anna',
      at: [0, '10:40'],
      text: 'Dank. Zo zag het er vorige week uit, ter vergelijking:',
      files: [...pictures(2, [1600, 1200]), { name: 'wondkaart.xlsx', size: 22_100 }],
    },
    { by: 'noor', at: 30, text: 'Duidelijk beter.', replyTo: 2 },
    { by: 'noor', at: 12, text: '', files: [{ name: 'Uitslag kweek.pdf', size: 91_000 }] },
  ],
};

/** Pictures of every shape, and more of them than a message shows. */
export const PICTURES: Script = {
  id: 'fotos',
  shape: 'group',
  subject: 'Veel foto’s',
  owner: 'anna',
  with: ['bram'],
  lines: [
    { by: 'bram', at: 60, text: 'Hoog en breed.', files: pictures(2, [600, 2400], [3000, 700]) },
    { by: 'bram', at: 55, text: '', files: pictures(4, [1600, 1200], [1200, 1600]) },
    { by: 'bram', at: 40, text: 'De hele reeks.', files: pictures(20, [1600, 1200], [1200, 1600]) },
    { by: 'anna', at: 30, text: 'Klein.', files: pictures(1, [90, 60]) },
  ],
};

const size = 24_000_000;
const HAPPENS: Sample[] = [
  { name: 'Nog niet opgehaald.pdf', size, state: { state: 'remote' } },
  { name: 'Wordt opgehaald.pdf', size, state: { state: 'downloading', done: 9_600_000 } },
  { name: 'Wacht op verbinding.pdf', size, state: { state: 'wanted' } },
  { name: 'Staat hier.pdf', size },
  { name: 'Wordt bewaard.pdf', size, pinned: true },
  { name: 'Wordt gecontroleerd.pdf', size, state: { state: 'unchecked' } },
];
const FETCH_FAULTS: AttachmentFault[] = ['not_allowed', 'infected', 'damaged', 'disk_full'];

/** Every state of a file of an accepted message. */
export const FILE_STATES: Script = {
  id: 'standen',
  shape: 'group',
  subject: 'Alles wat er met een bestand kan zijn',
  owner: 'anna',
  with: ['bram', 'noor'],
  lines: [
    { by: 'noor', at: 50, text: 'Documenten.', files: HAPPENS },
    {
      by: 'noor',
      at: 45,
      text: 'Foto’s.',
      files: [
        { name: 'hier.jpg' },
        { name: 'nog niet hier.jpg', state: { state: 'remote' } },
        { name: 'onderweg.jpg', state: { state: 'downloading', done: 500_000 } },
        { name: 'kan niet.jpg', state: { state: 'unavailable', fault: 'damaged' } },
      ],
    },
    {
      by: 'noor',
      at: 40,
      text: 'Niet te openen.',
      files: FETCH_FAULTS.map((fault): Sample => ({
        name: `Kan niet (${fault}).pdf`,
        size,
        state: { state: 'unavailable', fault },
      })),
    },
    {
      by: 'noor',
      at: 35,
      text: 'Van elke soort.',
      files: ['docx', 'xlsx', 'pptx', 'txt', 'eml', 'm4a', 'mp4', 'dcm', 'heic', 'bin'].map((end) => ({
        name: `Voorbeeld.${end}`,
      })),
    },
    {
      by: 'noor',
      at: 30,
      text: 'Kapot vanbinnen.',
      files: [
        { name: 'Kapot.pdf', broken: true },
        { name: 'kapot.jpg', broken: true },
      ],
    },
    {
      by: 'anna',
      at: 20,
      text: 'De scanner antwoordde pas na het versturen.',
      files: [
        { name: 'Wordt gecontroleerd.pdf', size, state: { state: 'unchecked' } },
        {
          name: 'Verwijsbrief.docx',
          size,
          state: { state: 'unavailable', fault: 'infected' },
          unacknowledged: true,
        },
      ],
    },
  ],
};

/** Files of messages on their way, by what is the matter. */
export const ON_THEIR_WAY: {
  text: string;
  files: Sample[];
  state: 'leaving' | 'sending' | 'waiting' | 'refused';
}[] = [
  {
    text: 'Deze ging niet.',
    state: 'refused',
    files: [
      { name: 'Rapport.pdf', size, state: { state: 'uploaded' } },
      { name: 'Besmet.docx', size, state: { state: 'failed', fault: 'infected' } },
    ],
  },
  {
    text: 'Deze gaat nu.',
    state: 'sending',
    files: [
      { name: 'foto.jpg', state: { state: 'uploaded' } },
      { name: 'beeld.jpg', state: { state: 'uploading', done: 700_000 } },
      { name: 'Film echo hart.mp4', size: 812_000_000, state: { state: 'uploading', done: 334_000_000 } },
      { name: 'Daarna.pdf', size, state: { state: 'queued' } },
    ],
  },
  {
    text: 'Deze wacht op verbinding.',
    state: 'waiting',
    files: [
      { name: 'MRI-enkel-links.dcm', size: 643_000_000, state: { state: 'paused', done: 210_000_000 } },
    ],
  },
  {
    text: 'Deze vertrekt zo, naar buiten uw organisatie.',
    state: 'leaving',
    files: [{ name: 'Ontslagbrief.pdf', size, state: { state: 'queued' } }],
  },
];

/** 200 messages, each other one with files. */
export function manyFiles(count: number): Script {
  return {
    id: 'reeks',
    shape: 'group',
    subject: 'Tweehonderd berichten met bestanden',
    owner: 'anna',
    with: ['bram', 'noor'],
    lines: Array.from({ length: count }, (_, at): Said => ({
      by: at % 3 === 0 ? 'anna' : at % 3 === 1 ? 'bram' : 'noor',
      at: (count - at) * 5,
      text: at % 4 === 1 ? '' : `Bericht ${at + 1} over de wond.`,
      ...(at % 2 === 1 && {
        files:
          at % 4 === 1
            ? pictures(1 + (at % 5), [1600, 1200], [1200, 1600])
            : [{ name: `Verslag ${at + 1}.pdf`, size: 90_000 + at * 100 }],
      }),
    })),
  };
}

/** The files gathered for the next message. */
export const GATHERED: Sample[] = [
  { name: 'IMG_20261119_104012.jpg', state: { state: 'draft' } },
  { name: 'IMG_20261119_104112.jpg', picture: [1200, 1600], state: { state: 'draft' } },
  { name: LONG, size: 48_300, state: { state: 'draft' } },
  { name: 'Film echo hart.mp4', size: 812_000_000, state: { state: 'reading', done: 334_000_000 } },
];
