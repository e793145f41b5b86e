/** The options of the fake data, read from the address: people, conversations, network and behaviour. */
import type { SessionEnd } from '$lib/bindings/SessionEnd';
import type { Connection } from '$lib/bindings/Connection';
import type { ConversationKind } from '$lib/bindings/ConversationKind';
import type { Density } from '$lib/bindings/Density';
import type { ShellView } from '$lib/bindings/ShellView';
import type { EndReason } from '$lib/bindings/EndReason';
import type { Link } from '$lib/bindings/Link';
import type { Order } from '$lib/bindings/Order';
import type { Obstacle } from '$lib/bindings/Obstacle';
import type { Refusal } from '$lib/bindings/Refusal';
import type { SettingsPage } from '$lib/bindings/SettingsPage';
import type { SearchReach } from '$lib/bindings/SearchReach';
import type { LeftOut } from '$lib/bindings/LeftOut';
import type { LeftOutReason } from '$lib/bindings/LeftOutReason';
import type { PolicyFault } from '$lib/bindings/PolicyFault';
import type { PolicyStatus } from '$lib/bindings/PolicyStatus';
import type { Recovered } from '$lib/bindings/Recovered';
import type { Theme } from '$lib/bindings/Theme';
import type { UnavailableReason } from '$lib/bindings/UnavailableReason';

import { DEFAULT_SETTINGS, type SettingKey, type SettingValues } from '$lib/bindings/setting-values';

import type { CallName } from '../shell';
import { readProgram } from './program';
import { ITEM_SCRIPTS } from './items';
import { ANNA_AT_THE_POST, crowd, PEOPLE } from './people';
import type { FakeFiles } from './files';
import { FILES, FILE_STATES, GATHERED, manyFiles, ON_THEIR_WAY, PICTURES } from './file-scripts';
import { LINES, MESSAGES, NAMES, URGENT } from './odd';
import { longScript, manyScripts, SCRIPTS } from './scripts';
import { MENTION } from './text';
import { World, type Conversation, type Message } from './world';

export interface Setting {
  world: string;
  session:
    | { session: 'signed_in' }
    | { session: 'signed_out'; server: string | null; unreported: boolean }
    | { session: 'ended'; end: SessionEnd | null }
    | { session: 'closed'; trouble: UnavailableReason };
  /** Earlier choices. */
  chosen: Partial<SettingValues>;
  /** Settings that the organisation decides. */
  forced: Partial<SettingValues>;
  /** The values that the organisation recommends. */
  recommended: Partial<SettingValues>;
  /** How much of the organisation's policy is followed. */
  policy: PolicyStatus;
  connection: Connection;
  /** How far this device's clock is ahead of the server's, in milliseconds. */
  clockAhead: number;
  catchingUp: boolean;
  /** A colleague answers what is sent. */
  answering: boolean;
  refuse: Refusal | null;
  recovered: Recovered[];
  /** Devices that were signed out before. */
  endedDevices: EndReason[];
  memberships: number;
  /** Colleagues are away, with others who cover. */
  absent: boolean;
  /** The number of participants in the first conversation of `crowd`. */
  crowd: number;
  /** The number of conversations in `many`. */
  many: number;
  program: ShellView;
  /** No room is left on the disk. */
  diskFull: boolean;
  /** Something was too large for this device. */
  leftOut: boolean;
  /** How far a search reaches. */
  reach: SearchReach;
  /** The system opens no links. */
  noBrowser: boolean;
  /** The link that the system opened the program with. */
  link: Link | null;
  /** Resolves when a call may be answered. */
  answer: (name: CallName) => Promise<void>;
  /** Runs the action after the delay of a server. */
  later: (then: () => void) => void;
}

const DAY = 24 * 60 * 60_000;

export function readSetting(address: URLSearchParams): Setting {
  const has = (name: string) => address.has(name);
  const slow = address.get('slow');
  return {
    world: address.get('fake') || 'demo',
    session: readSession(address),
    chosen: readChosen(address),
    forced: readPolicy(address, 'forced'),
    recommended: readPolicy(address, 'recommended'),
    policy: {
      forced: address.getAll('forced').length,
      recommended: address.getAll('recommended').length,
      left_out: readLeftOut(address),
      unknown: Number(address.get('policy-unknown') ?? 0),
      not_forcible: Number(address.get('policy-not-forcible') ?? 0),
      fault: address.get('policy-fault') as PolicyFault | null,
    },
    connection: has('refused')
      ? { connection: 'refused', reason: 'update_needed' }
      : has('between')
        ? { connection: 'between', obstacle: (address.get('between') || 'portal') as Obstacle }
        : { connection: has('offline') ? 'offline' : 'online' },
    clockAhead: Number(address.get('clock') ?? 0) * 60_000,
    catchingUp: has('catching-up'),
    answering: has('answering'),
    refuse: address.get('refuse') as Refusal | null,
    recovered: has('rescued')
      ? [
          {
            id: 'gered-1',
            destination: 'Wondbeleid mevr. D. na ontslag',
            text: { body: 'De index was 0,8. Zwachtelen mag, ik begin morgen.' },
            attachments: ['Wond hiel links.jpg', 'Brief vaatchirurgie.pdf'],
            written_at: Date.now() - 2 * DAY,
            perhaps_sent: true,
          },
        ]
      : [],
    diskFull: has('disk-full'),
    leftOut: has('left-out'),
    reach: has('coming')
      ? { missing: Number(address.get('coming') || 1240), since: Date.now() - 271 * DAY }
      : { missing: 0, since: null },
    noBrowser: has('no-browser'),
    endedDevices: address.getAll('ended-device') as EndReason[],
    memberships: Number(address.get('memberships') ?? 1),
    absent: has('absent'),
    crowd: Number(address.get('crowd') ?? 1000),
    many: Number(address.get('many') ?? 1000),
    program: readProgram(address),
    link: readLink(address),
    answer: (name) =>
      slow !== null && (slow === '' || slow === name)
        ? new Promise<void>(() => undefined)
        : Promise.resolve(),
    later: (then) => void setTimeout(then, 400),
  };
}

/** `forced=mail.message`: at the value that was chosen, or its default; `forced=files.save:false`: at this one. */
function readPolicy(address: URLSearchParams, strength: 'forced' | 'recommended'): Partial<SettingValues> {
  const chosen = { ...DEFAULT_SETTINGS, ...readChosen(address) };
  const entries = address.getAll(strength).map((entry) => {
    const [key = '', ...value] = entry.split(':');
    return [key, value.length > 0 ? (JSON.parse(value.join(':')) as unknown) : chosen[key as SettingKey]];
  });
  return Object.fromEntries(entries) as Partial<SettingValues>;
}

/** `policy-left-out=files.sav:unknown`: an entry of the policy that is not followed, and why. */
function readLeftOut(address: URLSearchParams): LeftOut[] {
  return address.getAll('policy-left-out').map((entry) => {
    const [key = '', reason] = entry.split(':');
    return { key, reason: reason as LeftOutReason };
  });
}

function readLink(address: URLSearchParams): Link | null {
  const item = address.get('item');
  const conversation = address.get('conversation');
  const page = address.get('settings') as SettingsPage | null;
  if (page !== null) return { link: 'settings', page };
  if (item !== null) return { link: 'item', item };
  if (conversation === null) return null;
  const number = address.get('number');
  return { link: 'conversation', conversation, number: number === null ? null : Number(number) };
}

/**
 * The settings: `lang=en&theme=dark&zoom=150`, and how the overview was left (L2):
 * `order=subject&density=compact&no-preview&kind=group&of=o-vecht&about=Melding&mentioned`.
 */
function readChosen(address: URLSearchParams): Partial<SettingValues> {
  return {
    'appearance.language': address.get('lang') === 'en' ? 'en' : 'nl',
    'appearance.theme': (address.get('theme') as Theme | null) ?? 'system',
    'appearance.zoom': Number(address.get('zoom') ?? 100),
    ...(address.has('quiet') && { 'notifications.quiet_hours': { from: '22:00', to: '07:00' } }),
    'overview.order': (address.get('order') as Order | null) ?? 'latest',
    'overview.density': (address.get('density') as Density | null) ?? 'normal',
    'overview.without_preview': address.has('no-preview'),
    'overview.only': {
      ...DEFAULT_SETTINGS['overview.only'],
      kind: address.get('kind') as ConversationKind | null,
      organisation: address.get('of'),
      item_type: address.get('about'),
      mentioned: address.has('mentioned'),
    },
  };
}

function readSession(address: URLSearchParams): Setting['session'] {
  const trouble = address.get('trouble');
  if (trouble) return { session: 'closed', trouble: trouble as UnavailableReason };
  if (address.has('ended')) {
    const reason = address.get('ended') as EndReason | '';
    const end = reason ? { at: new Date().setFullYear(2026, 10, 12), reason } : null;
    return { session: 'ended', end };
  }
  if (address.has('signed-out')) {
    const unreported = address.has('unreported');
    return { session: 'signed_out', server: address.get('signed-out') || null, unreported };
  }
  return { session: 'signed_in' };
}

export function build(setting: Setting, now: () => number, files: (world: World) => FakeFiles): World {
  const mine = setting.memberships > 1 ? [PEOPLE.anna, ANNA_AT_THE_POST] : [PEOPLE.anna];
  const others = Object.values(PEOPLE).filter((card) => card !== PEOPLE.anna);
  const world = new World(now, mine, [...others, ...crowd(1000)]);
  const made = files(world);
  world.fileOf = (sample) => made.of(sample);
  switch (setting.world) {
    case 'empty':
      break;
    case 'many':
      for (const script of manyScripts(setting.many)) world.play(script);
      break;
    case 'long':
      for (const script of [longScript(200), ...SCRIPTS]) world.play(script);
      break;
    case 'crowd': {
      for (const script of SCRIPTS) world.play(script);
      const wound = world.conversation('wond') as Conversation;
      const more = setting.crowd - wound.members.length;
      wound.members = [...wound.members, ...crowd(more).map((card) => card.membership)];
      break;
    }
    case 'files':
      for (const script of [FILES, FILE_STATES, PICTURES, ...SCRIPTS]) world.play(script);
      onTheirWay(world.conversation('standen') as Conversation, world, now);
      break;
    case 'gathered':
      for (const script of [FILES, ...SCRIPTS]) world.play(script);
      for (const key of ['bestanden', '']) {
        made.setDraft(
          key,
          GATHERED.map((one) => made.of(one)),
        );
      }
      break;
    case 'many-files':
      for (const script of [manyFiles(200), ...SCRIPTS]) world.play(script);
      made.setDraft(
        'reeks',
        Array.from({ length: 20 }, (_, at) =>
          made.of({ name: `IMG_20261119_${1040 + at}12.jpg`, state: { state: 'draft' } }),
        ),
      );
      break;
    case 'items':
      for (const script of [...ITEM_SCRIPTS, ...SCRIPTS]) world.play(script);
      break;
    case 'lines':
      for (const script of [LINES, ...SCRIPTS]) world.play(script);
      break;
    case 'messages':
      for (const script of [MESSAGES, ...SCRIPTS]) world.play(script);
      break;
    case 'urgent':
      for (const script of [URGENT, ...SCRIPTS]) world.play(script);
      break;
    case 'names':
      for (const script of [NAMES, ...SCRIPTS]) world.play(script);
      break;
    case 'teams': {
      for (const script of SCRIPTS) world.play(script);
      const wound = world.conversation('wond') as Conversation;
      wound.teams = ['team-wond', 'team-lang'];
      wound.named = [PEOPLE.bram.membership];
      wound.members = [
        ...wound.members,
        PEOPLE.long.membership,
        PEOPLE.sanneO.membership,
        PEOPLE.sanneV.membership,
      ];
      break;
    }
    default:
      for (const script of SCRIPTS) world.play(script);
  }
  mark(world, setting.world, now);
  return world;
}

/** Messages with files that are not accepted yet. */
function onTheirWay(conversation: Conversation, world: World, now: () => number): void {
  for (const { text, files, state } of ON_THEIR_WAY) {
    conversation.happened.push({
      kind: 'message',
      id: world.id('bericht'),
      number: null,
      by: conversation.acting,
      at: now() - 60_000,
      writtenAt: null,
      text: { body: text },
      files: files.map((one) => world.fileOf(one)),
      replyTo: null,
      edited: false,
      deleted: false,
      fixed: false,
      state:
        state === 'leaving'
          ? { state, at: now() + 8_000 }
          : state === 'refused'
            ? { state, refusal: 'attachment_refused' }
            : { state },
    });
  }
  conversation.read = world.last(conversation);
}

/** Worlds with a problem in the first conversation. */
function mark(world: World, which: string, now: () => number): void {
  const conversation = world.conversation('wond');
  if (!conversation) return;
  const own = (body: string, ago: number, state: Message['state']): Message => ({
    kind: 'message',
    id: world.id('bericht'),
    number: null,
    by: conversation.acting,
    at: now() - ago,
    writtenAt: null,
    text: { body },
    replyTo: null,
    edited: false,
    deleted: false,
    fixed: false,
    state,
  });
  const first = 'Ik heb de dochter gesproken: zij legt vanavond een kussen onder het onderbeen.';
  const second = 'En de thuiszorg krijgt een aangepaste uitvoeringsopdracht.';
  conversation.read = which === 'demo' || which === 'missing' ? conversation.read : world.last(conversation);
  switch (which) {
    case 'waiting':
      conversation.happened.push(
        own(first, 180_000, { state: 'waiting' }),
        own(second, 60_000, { state: 'waiting' }),
      );
      break;
    case 'stale':
      conversation.happened.push(
        own(first, 1.6 * DAY, { state: 'stale' }),
        own(second, 0.4 * DAY, { state: 'held' }),
      );
      break;
    case 'refused':
      conversation.happened.push(own(first, 60_000, { state: 'refused', refusal: 'mention_not_allowed' }));
      break;
    case 'not-allowed':
      conversation.owner = PEOPLE.noor.membership;
      conversation.happened.push({
        ...own('', 60_000, { state: 'refused', refusal: 'mention_not_allowed' }),
        text: { body: `${MENTION}, kunt u meekijken?`, mentions: [PEOPLE.lotte.membership] },
      });
      break;
    case 'missing':
      conversation.missing = { from: 6, to: 8 };
      break;
    case 'restored':
      conversation.restored = true;
      break;
  }
}
