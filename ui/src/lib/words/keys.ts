/** What a key is called on this computer, Ctrl+N and on a Mac ⌘N, and whether it was pressed. */
const MAC = /^Mac/.test(navigator.platform);

/** What is held down for a command. */
export const COMMAND = MAC ? '⌘' : 'Ctrl';

export interface Key {
  key: string;
  /** With Ctrl; on a Mac, with ⌘. */
  command?: boolean;
}

export function withCommand(key: string): string {
  return MAC ? `⌘${key}` : `Ctrl+${key}`;
}

export function isPressed({ key, command = false }: Key, event: KeyboardEvent): boolean {
  const letter = /^[a-z]$/.test(key);
  return (
    event.key.toLowerCase() === key.toLowerCase() &&
    command === (event.ctrlKey || event.metaKey) &&
    !event.altKey &&
    !(letter && event.shiftKey)
  );
}
