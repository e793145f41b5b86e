/**
 * Titles of the items and conversations that messages link to (M5). They are requested as they come into view, the items
 * in one request; an item or conversation that the user may not see has no title.
 */
import { getContext, setContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';

import { m } from '$lib/paraglide/messages';
import { CallError, type Shell } from '$lib/shell/shell';
import type { TitledLink } from '$lib/words/links';

const KEY = Symbol('titles');

function idOf(link: TitledLink): string {
  return link.link === 'item' ? link.item : link.conversation;
}

export class Titles {
  /** `null` until there is an answer; `'unseen'` where nothing is to be seen. */
  private readonly known = new SvelteMap<string, { title: string } | 'unseen' | null>();
  private readonly asked = new Map<string, TitledLink>();
  private wanted = new Set<string>();

  constructor(private readonly shell: Shell) {}

  static provide(titles: Titles): void {
    setContext(KEY, titles);
  }

  /** The titles of the app; none for a message that is shown by itself, in a test or a picture. */
  static here(): Titles | undefined {
    return getContext<Titles | undefined>(KEY);
  }

  isSeen(link: TitledLink): boolean {
    const known = this.known.get(idOf(link));
    return known !== 'unseen' && known !== null && known !== undefined;
  }

  /** The text of a link: the title of the item or conversation, if the user may see it. */
  name(link: TitledLink): string {
    const known = this.known.get(idOf(link));
    const unseen = known === 'unseen';
    if (known && !unseen) return known.title;
    if (link.link === 'item') return unseen ? m.item_unseen() : m.item_link();
    return unseen ? m.conversation_unseen() : m.conversation();
  }

  /** Asks for it, unless it was asked for before. */
  want(link: TitledLink): void {
    const id = idOf(link);
    if (this.known.has(id)) return;
    this.known.set(id, null);
    this.asked.set(id, link);
    this.ask(link);
  }

  private ask(link: TitledLink): void {
    if (link.link === 'conversation') {
      void this.askConversation(link.conversation);
      return;
    }
    if (this.wanted.size === 0) queueMicrotask(() => void this.askItems());
    this.wanted.add(link.item);
  }

  /** Rights may have changed: all that is shown is asked for anew; or one conversation, which came or went. */
  refresh(conversation?: string): void {
    for (const [id, link] of this.asked) if (!conversation || id === conversation) this.ask(link);
  }

  private async askItems(): Promise<void> {
    const items = [...this.wanted];
    this.wanted = new Set();
    try {
      const cards = await this.shell.call('items', { items });
      for (const { item, title } of cards) this.known.set(item, { title });
      const seen = new Set(cards.map((one) => one.item));
      // Without a connection these are those the device knows: of the others nothing can be said.
      const { connection } = (await this.shell.call('sync_status', {})).connection;
      if (connection !== 'online') return;
      for (const item of items) if (!seen.has(item)) this.known.set(item, 'unseen');
    } catch {
      // Without an answer they have no title; they can be opened all the same.
    }
  }

  private async askConversation(conversation: string): Promise<void> {
    try {
      const { title } = await this.shell.call('conversation', { conversation });
      this.known.set(conversation, { title });
    } catch (thrown) {
      if (CallError.from(thrown).why.error === 'refused') this.known.set(conversation, 'unseen');
    }
  }
}
