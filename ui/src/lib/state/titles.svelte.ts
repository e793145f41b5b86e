/**
 * What the items are called that messages link to (M5). Asked for together, as they come into view; what one may not
 * see stays without a title.
 */
import { getContext, setContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';

import type { ItemCard } from '$lib/bindings/ItemCard';
import { m } from '$lib/paraglide/messages';
import type { Shell } from '$lib/shell/shell';

const KEY = Symbol('item titles');

export class Titles {
  /** `null` until it was asked for; `'unseen'` where the server shows none. */
  private readonly known = new SvelteMap<string, ItemCard | 'unseen' | null>();
  private wanted = new Set<string>();

  constructor(
    private readonly shell: Shell,
    /** Opens the item's window. */
    readonly open: (item: string) => void,
  ) {}

  static provide(titles: Titles): void {
    setContext(KEY, titles);
  }

  /** Where a message is shown by itself, in a test or a picture, there are none. */
  static here(): Titles | undefined {
    return getContext<Titles | undefined>(KEY);
  }

  of(item: string): ItemCard | null {
    const known = this.known.get(item);
    return known === 'unseen' ? null : (known ?? null);
  }

  /** What a link to it says: its title, where one may see it. */
  name(item: string): string {
    return this.of(item)?.title ?? (this.known.get(item) === 'unseen' ? m.item_unseen() : m.item_link());
  }

  /** Asks for it, unless it was asked for before. */
  want(item: string): void {
    if (this.known.has(item)) return;
    this.known.set(item, null);
    if (this.wanted.size === 0) queueMicrotask(() => void this.ask());
    this.wanted.add(item);
  }

  /** Rights may have changed: all that is shown is asked for anew. */
  forget(): void {
    const all = [...this.known.keys()];
    this.known.clear();
    for (const item of all) this.want(item);
  }

  private async ask(): Promise<void> {
    const items = [...this.wanted];
    this.wanted = new Set();
    try {
      const cards = await this.shell.call('items', { items });
      for (const card of cards) this.known.set(card.item, card);
      // Without a connection these are those the device knows: of the others nothing can be said.
      const { connection } = (await this.shell.call('truth', {})).connection;
      if (connection !== 'online') return;
      for (const item of items) if (!this.known.get(item)) this.known.set(item, 'unseen');
    } catch {
      // Without an answer they have no title; they can be opened all the same.
    }
  }
}
