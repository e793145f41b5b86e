/**
 * Keys: the name of a key on this computer, whether a key press is a command, and whether it belongs to an input method that
 * is composing a letter.
 */

/** Asked each time: what holds, and what the list of keys says, cannot differ. */
function isMac(): boolean {
  return /^Mac/.test(navigator.platform);
}

/** The name of the key that is held down for a command. */
export function commandKey(): string {
  return isMac() ? '⌘' : 'Ctrl';
}

/** The same as `aria-keyshortcuts` says it. */
export function ariaCommand(): string {
  return isMac() ? 'Meta' : 'Control';
}

export interface Key {
  key: string;
  /** With Ctrl; on a Mac, with ⌘. */
  command?: boolean;
  /** With Shift. */
  shift?: boolean;
}

export function withCommand(key: string): string {
  return isMac() ? `⌘${key}` : `Ctrl+${key}`;
}

/**
 * The key chooses or confirms what an input method offers (Japanese, Chinese, Korean, dead keys): the text has it, and
 * nothing that it does otherwise is meant. WebKit ends the composition before it tells of the key, so that only its code
 * shows it.
 */
export function composes(event: KeyboardEvent): boolean {
  // The one sign of it that WebKit gives.
  return event.isComposing || event.keyCode === 229;
}

/**
 * Ctrl is held, and on a Mac ⌘, alone. On a Mac Ctrl+K, N, F and others are keys of text fields; Ctrl+Alt is AltGr, which
 * types a character.
 */
export function withCommandKey(event: KeyboardEvent): boolean {
  const [wanted, other] = isMac() ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  return wanted && !other && !event.altKey && !event.getModifierState('AltGraph');
}

/** Nothing is held but, perhaps, Shift. */
function alone(event: KeyboardEvent): boolean {
  return !event.ctrlKey && !event.metaKey && !event.altKey && !event.getModifierState('AltGraph');
}

const LETTER = /^[a-z]$/;
const OTHER_SCRIPT = /^(?![\p{Script=Latin}0-9])[\p{L}\p{M}\p{N}]/u;

/**
 * The letter or digit of a key. A Latin layout gives it by name. Under a Cyrillic, Arabic, Greek or Hebrew layout the key has
 * no Latin name, and its place on the keyboard counts, as it is printed on most.
 */
export function latinKey({ key, code }: KeyboardEvent): string {
  const place = /^(?:Key|Digit)([A-Z0-9])$/.exec(code)?.[1];
  const byPlace = place !== undefined && OTHER_SCRIPT.test(key);
  return byPlace ? place.toLowerCase() : code === 'Slash' && OTHER_SCRIPT.test(key) ? '/' : key;
}

/** A function key is another one with Shift. */
const FUNCTION = /^F\d+$/;

export function isPressed({ key, command = false, shift = false }: Key, event: KeyboardEvent): boolean {
  const letter = LETTER.test(key);
  return (
    !composes(event) &&
    latinKey(event).toLowerCase() === key.toLowerCase() &&
    (command ? withCommandKey(event) : alone(event)) &&
    !(letter && event.shiftKey) &&
    (!FUNCTION.test(key) || event.shiftKey === shift)
  );
}
