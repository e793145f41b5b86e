/** Conversations with every kind of message, name and change. */
import type { Line } from '$lib/bindings/Line';

import type { Script, ScriptLine } from './scripts';

/** Every state of a message, and of the message that it answers (M2 to M4, M7, P5). */
export const MESSAGES: Script = {
  id: 'berichten',
  shape: 'group',
  subject: 'Wat een bericht kan zijn',
  owner: 'anna',
  with: ['noor', 'bram'],
  lines: [
    { by: 'anna', at: [2, '16:04'], text: 'Dit bericht is ouder dan een dag, en staat vast.', fixed: true },
    { by: 'noor', at: [1, '09:00'], text: 'De bloeddruk was 152/88, ik pas de dosering aan.', edited: true },
    { by: 'bram', at: [1, '09:05'], text: 'Dank, ik zet het in het dossier.', replyTo: 1 },
    { by: 'noor', at: [1, '09:10'], text: '', deleted: true },
    { by: 'bram', at: [1, '09:12'], text: 'Dat hoort inderdaad in het andere gesprek.', replyTo: 3 },
    {
      by: 'noor',
      at: [1, '10:30'],
      text: 'Zoals Pieter vroeg: de controle is over twee weken.',
      replyToUnseen: true,
    },
    { by: 'noor', at: [1, '10:31'], text: '', unavailable: true },
    {
      by: 'bram',
      at: [0, '08:20'],
      writtenAt: [1, '21:47'],
      text: 'Ik was zonder verbinding bij een cliënt: mevrouw at goed en dronk anderhalve liter.',
    },
    { by: 'anna', at: [0, '08:31'], text: 'Fijn om te horen.', replyTo: 7, edited: true },
  ],
};

const OFTEN =
  'Verantwoordelijkheidsverdeling en arbeidsongeschiktheidsbeoordeling kaakgewrichtsproblematiek; ';
/** Names and a subject at the extremes of length and script. */
export const NAMES: Script = {
  id: 'namen',
  shape: 'group',
  subject: OFTEN.repeat(3).slice(0, 199).trimEnd().padEnd(200, '.'),
  owner: 'anna',
  with: ['long', 'yousef', 'leila', 'laan', 'sanneV', 'sanneO'],
  lines: [
    {
      by: 'yousef',
      at: [1, '15:58'],
      line: {
        line: 'added',
        names: ['لیلا محمدی‌نژاد تبریزی', 'Anna van den Berg'],
        teams: [],
        shared: false,
      },
    },
    { by: 'yousef', at: [1, '16:00'], text: 'Hij spreekt liever Arabisch, ik bel hem dinsdag.' },
    {
      by: 'leila',
      at: [1, '16:05'],
      text: 'سلام، من هم می‌توانم کمک کنم. Vrijdag kan ook.',
      replyTo: 1,
    },
    { by: 'laan', at: [0, '08:00'], text: '@ en @, hoe is de eetlust?', mentions: ['yousef', 'long'] },
    {
      by: 'long',
      at: [0, '09:10'],
      text: 'Arbeidsongeschiktheidsverzekeringsmaatschappijbeoordelingsrapportage volgt.',
      replyTo: 2,
    },
  ],
};

const WHO = ['Lotte Verhoeven', 'Ruud Jansen'];
const MANY = [
  ...['Bram de Wit', 'Fatima El Idrissi', 'Joost Terpstra', 'Meryem Yıldız', 'Els Kuipers', 'Daan Bosman'],
  ...['Wilhelmina-Josephine van der Hoeven-Schimmelpenninck van Nijenrode', 'يوسف الحسن', ...WHO],
];
const TEAM = 'Transmuraal adviesteam ouderengeneeskunde';
/** Every kind of change that a conversation shows. */
const ALL_LINES: Line[] = [
  { line: 'added', names: WHO, teams: [], shared: false },
  { line: 'added', names: ['Meryem Yıldız'], teams: [TEAM], shared: true },
  { line: 'added', names: MANY, teams: [], shared: false },
  { line: 'joined', names: ['Noor Haddad'] },
  { line: 'joined', names: WHO },
  { line: 'team_joined', team: TEAM, names: ['Sanne de Vries'] },
  { line: 'team_joined', team: 'Team Wond', names: WHO },
  { line: 'team_left', team: TEAM, names: ['Sanne de Vries'] },
  { line: 'team_left', team: 'Team Wond', names: WHO },
  { line: 'team_removed', team: 'Team Wond' },
  { line: 'removed', name: 'Ruud Jansen' },
  { line: 'handed_over', name: 'Noor Haddad' },
  { line: 'left', ended: false },
  { line: 'left', ended: true },
  { line: 'archived' },
  { line: 'reopened' },
  { line: 'conversation_deleted' },
  { line: 'update_needed' },
];

/** A conversation with every kind of event, by a colleague and by the user. */
export const LINES: Script = {
  id: 'regels',
  shape: 'group',
  subject: 'Alles wat er kan gebeuren',
  owner: 'anna',
  with: ['noor', 'lotte'],
  lines: ALL_LINES.flatMap((line, at): ScriptLine[] => [
    { by: at % 2 ? 'anna' : 'noor', at: [1, '16:05'], line },
    { by: at % 2 ? 'noor' : 'anna', at: [1, '16:06'], line },
  ]),
};

/** Urgent messages: as they are usually, with the longest reason, without one, one's own, and one that was deleted. */
export const URGENT: Script = {
  id: 'spoed',
  shape: 'group',
  subject: 'Acute zorg mevr. D.',
  owner: 'anna',
  with: ['bram', 'fatima', 'noor'],
  unread: 3,
  lines: [
    {
      by: 'anna',
      at: 190,
      text: 'Mevrouw D. reageert trager dan vanmorgen. Ik ben nu bij haar.',
      urgent: 'Bloeddruk daalt, 84/50',
    },
    { by: 'noor', at: 186, text: 'Ik bel je nu.', replyTo: 0 },
    { by: 'bram', at: 150, text: '', deleted: true, urgent: 'Vergissing' },
    {
      by: 'fatima',
      at: 22,
      text: 'Wie kan er **nu** kijken?',
      urgent: 'Koorts 39,8 en koude rillingen',
    },
    {
      by: 'noor',
      at: 12,
      text: 'Graag overleg over de verdenking op longontsteking.',
      urgent:
        'Verdenking longontsteking bij immuungecompromitteerde patiënt met ademhalingsinsufficiëntie, saturatie 84 procent met vijf liter zuurstof, al twee keer gebeld naar het dienstdoende secretariaat zonder gehoor',
    },
    { by: 'bram', at: 4, text: 'Ik ben onderweg, vijf minuten.', urgent: '' },
  ],
};
