// @vitest-environment jsdom
import { describe, expect, it, vi } from 'vitest';

import { composes, withCommand } from './keys';
import { ariaKeys, commandOf, keysOf, onMessageOf, shortcuts } from './shortcuts';

function on(platform: string) {
  vi.spyOn(navigator, 'platform', 'get').mockReturnValue(platform);
}

function pressed(key: string, how: KeyboardEventInit & { altGraph?: boolean } = {}): KeyboardEvent {
  const { altGraph = false, ...rest } = how;
  const event = new KeyboardEvent('keydown', { key, ...rest });
  if (altGraph) event.getModifierState = (what) => what === 'AltGraph';
  return event;
}

const LETTERS = [
  ['switch', 'k', 'KeyK'],
  ['begin', 'n', 'KeyN'],
  ['search', 'f', 'KeyF'],
  ['undo', 'z', 'KeyZ'],
] as const;

describe('a command', () => {
  // L5, U1
  it.each(LETTERS)('“%s” is given with Ctrl, and on a Mac with ⌘ alone', (command, key, code) => {
    on('Win32');
    expect(commandOf(pressed(key, { code, ctrlKey: true }))).toBe(command);
    expect(commandOf(pressed(key, { code, metaKey: true }))).toBeNull();
    on('MacIntel');
    expect(commandOf(pressed(key, { code, metaKey: true }))).toBe(command);
    // There it is a key of text fields: to the end of the line, to the next one, a character on.
    expect(commandOf(pressed(key, { code, ctrlKey: true }))).toBeNull();
    expect(commandOf(pressed(key, { code, ctrlKey: true, metaKey: true }))).toBeNull();
  });

  // L5, U1
  it.each([
    ['Cyrillic', ['л', 'т', 'а', 'я']],
    ['Greek', ['κ', 'ν', 'φ', 'ζ']],
    ['Hebrew', ['ל', 'מ', 'כ', 'ז']],
    ['Arabic', ['ن', 'ى', 'ب', 'ئ']],
  ])('is given by the place of its key under a %s layout', (_, letters) => {
    on('Linux x86_64');
    for (const [at, [command, , code]] of LETTERS.entries())
      expect(commandOf(pressed(letters[at] ?? '', { code, ctrlKey: true }))).toBe(command);
    on('MacIntel');
    for (const [at, [command, , code]] of LETTERS.entries())
      expect(commandOf(pressed(letters[at] ?? '', { code, metaKey: true }))).toBe(command);
  });

  // L5
  it('is given by its letter wherever that stands on a Latin layout', () => {
    on('Win32');
    // Dvorak: K stands where V is, and where K is stands T; AZERTY: Z stands where W is.
    expect(commandOf(pressed('k', { code: 'KeyV', ctrlKey: true }))).toBe('switch');
    expect(commandOf(pressed('t', { code: 'KeyK', ctrlKey: true }))).toBeNull();
    expect(commandOf(pressed('z', { code: 'KeyW', ctrlKey: true }))).toBe('undo');
    expect(commandOf(pressed('ł', { code: 'KeyK', ctrlKey: true }))).toBeNull();
    expect(commandOf(pressed('K', { code: 'KeyK', ctrlKey: true }))).toBe('switch');
    expect(commandOf(pressed('K', { code: 'KeyK', ctrlKey: true, shiftKey: true }))).toBeNull();
    expect(commandOf(pressed('٠', { code: 'Digit0', ctrlKey: true }))).toBe('usual');
  });

  // U1
  it('is none where AltGr types a character', () => {
    for (const platform of ['Win32', 'Linux x86_64', 'MacIntel']) {
      on(platform);
      for (const [, key, code] of LETTERS) {
        expect(commandOf(pressed(key, { code, ctrlKey: true, altKey: true }))).toBeNull();
        expect(commandOf(pressed(key, { code, ctrlKey: true, altGraph: true }))).toBeNull();
      }
    }
  });

  // U1
  it('is said as it is given', () => {
    on('Win32');
    expect([keysOf('switch'), ariaKeys('undo'), withCommand('Enter')]).toEqual([
      'Ctrl+K',
      'Control+Z',
      'Ctrl+Enter',
    ]);
    on('MacIntel');
    expect([keysOf('switch'), ariaKeys('undo'), withCommand('Enter')]).toEqual(['⌘K', 'Meta+Z', '⌘Enter']);
    expect(JSON.stringify(shortcuts(true))).not.toContain('Ctrl');
  });

  // U1
  it('is none while a letter is composed', () => {
    on('Win32');
    expect(commandOf(pressed('k', { code: 'KeyK', ctrlKey: true, isComposing: true }))).toBeNull();
    expect(composes(pressed('Enter', { keyCode: 229 }))).toBe(true);
    expect(composes(pressed('Enter', { isComposing: true }))).toBe(true);
    expect(composes(pressed('Process', { keyCode: 229 }))).toBe(true);
    expect(composes(pressed('Enter', { keyCode: 13 }))).toBe(false);
  });
});

describe('a key on a message', () => {
  // U1
  it('is its letter, or its place where the layout is not Latin', () => {
    on('Linux x86_64');
    expect(onMessageOf(pressed('r', { code: 'KeyR' }))).toBe('reply');
    expect(onMessageOf(pressed('к', { code: 'KeyR' }))).toBe('reply');
    expect(onMessageOf(pressed('E', { code: 'KeyE' }))).toBe('edit');
    expect(onMessageOf(pressed('Delete', { code: 'Delete' }))).toBe('delete');
    expect(onMessageOf(pressed('r', { code: 'KeyR', ctrlKey: true }))).toBeNull();
    expect(onMessageOf(pressed('x', { code: 'KeyX' }))).toBeNull();
  });
});
