/**
 * Every key that does something by itself: what is pressed is looked up here, and so is what the list of them says, so that
 * neither can be without the other.
 */
import { m } from '$lib/paraglide/messages';

import { ariaCommand, isPressed, withCommand, type Key } from './keys';

/** Wherever one is. */
const COMMANDS = {
  begin: [{ key: 'n', command: true }],
  switch: [{ key: 'k', command: true }],
  search: [{ key: 'f', command: true }],
  next_hit: [{ key: 'F3' }, { key: 'g', command: true }],
  previous_hit: [{ key: 'F3', shift: true }],
  undo: [{ key: 'z', command: true }],
  shortcuts: [{ key: 'F1' }, { key: '/', command: true }],
  larger: [
    { key: '+', command: true },
    { key: '=', command: true },
  ],
  smaller: [
    { key: '-', command: true },
    { key: '_', command: true },
  ],
  usual: [{ key: '0', command: true }],
  back: [{ key: 'Escape' }],
} satisfies Record<string, Key[]>;
export type Command = keyof typeof COMMANDS;

/** On a message. */
const ON_MESSAGE = {
  r: 'reply',
  e: 'edit',
  c: 'copy',
  q: 'quoted',
  Enter: 'menu',
  Delete: 'delete',
} as const;
export type OnMessage = (typeof ON_MESSAGE)[keyof typeof ON_MESSAGE];

export function commandOf(event: KeyboardEvent): Command | null {
  const all = Object.entries(COMMANDS) as [Command, Key[]][];
  return all.find(([, keys]) => keys.some((key) => isPressed(key, event)))?.[0] ?? null;
}

export function onMessageOf(event: KeyboardEvent): OnMessage | null {
  const found = Object.keys(ON_MESSAGE).find((key) => isPressed({ key }, event));
  return found === undefined ? null : ON_MESSAGE[found as keyof typeof ON_MESSAGE];
}

/** "Ctrl+N" */
export function keysOf(command: Command): string {
  return named((COMMANDS[command] as Key[])[0] as Key);
}

/** As `aria-keyshortcuts` says it: "Control+Z". */
export function ariaKeys(command: Command): string {
  const { key, command: held } = (COMMANDS[command] as Key[])[0] as Key;
  return held ? `${ariaCommand()}+${key.toUpperCase()}` : key;
}

/** "R" */
export function keyOn(what: OnMessage): string {
  const [key = ''] = Object.entries(ON_MESSAGE).find(([, done]) => done === what) ?? [];
  return key === 'Delete' ? 'Del' : key.length === 1 ? key.toUpperCase() : key;
}

function named({ key, command = false, shift = false }: Key): string {
  const name = key === 'Escape' ? 'Esc' : key.length === 1 ? key.toUpperCase() : key;
  return command ? withCommand(name) : shift ? `Shift+${name}` : name;
}

export interface Line {
  keys: string[];
  does: string;
}

/** All of them, by where they hold. */
export function shortcuts(entersBreak: boolean): { where: string; lines: Line[] }[] {
  const of = (command: Command, does: string, all = 1): Line => ({
    keys: (COMMANDS[command] as Key[]).slice(0, all).map(named),
    does,
  });
  const on = (what: OnMessage, does: string): Line => ({ keys: [keyOn(what)], does });
  const send = entersBreak ? withCommand('Enter') : 'Enter';
  const line = entersBreak ? 'Enter' : 'Shift+Enter';
  return [
    {
      where: m.keys_anywhere(),
      lines: [
        of('switch', m.keys_switch()),
        of('search', m.keys_search()),
        of('next_hit', m.keys_next_hit()),
        of('previous_hit', m.keys_previous_hit()),
        of('begin', m.new_conversation()),
        of('back', m.keys_back()),
        of('undo', m.keys_undo()),
        of('larger', m.keys_larger()),
        of('smaller', m.keys_smaller()),
        of('usual', m.keys_usual()),
        of('shortcuts', m.keys_list(), 2),
      ],
    },
    {
      where: m.keys_in_lists(),
      lines: [
        { keys: ['↑', '↓'], does: m.keys_step() },
        { keys: ['Home', 'End'], does: m.keys_ends() },
        { keys: ['PageUp', 'PageDown'], does: m.keys_pages() },
        { keys: ['Enter'], does: m.keys_open() },
        { keys: ['Tab'], does: m.keys_actions() },
      ],
    },
    {
      where: m.keys_on_message(),
      lines: [
        { keys: ['↑', '↓'], does: m.keys_step_messages() },
        { keys: ['End'], does: m.to_latest() },
        on('reply', m.reply()),
        on('edit', m.edit()),
        on('copy', m.copy()),
        on('delete', m.delete_()),
        on('quoted', m.to_quoted()),
        on('menu', m.keys_menu()),
      ],
    },
    {
      where: m.keys_writing(),
      lines: [
        { keys: [send], does: m.send() },
        { keys: [line], does: m.enter_breaks() },
        { keys: ['@'], does: m.mention_someone() },
        { keys: ['↑'], does: m.keys_to_messages() },
      ],
    },
  ];
}
