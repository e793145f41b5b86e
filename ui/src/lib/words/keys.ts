/** What a key is called on this computer: Ctrl+N, and ⌘N on a Mac. */
const MAC = /^Mac/.test(navigator.platform);

export function withCommand(key: string): string {
  return MAC ? `⌘${key}` : `Ctrl+${key}`;
}
