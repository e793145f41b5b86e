/**
 * The people who can be mentioned after an `@` (P8): the participants, and those whom the writer may add here, whom the
 * mention adds. In a direct conversation `@` is text.
 */
import { SvelteMap } from 'svelte/reactivity';

import type { ConversationView } from '$lib/bindings/ConversationView';
import type { Card } from '$lib/bindings/Card';
import type { FoundPerson } from '$lib/bindings/FoundPerson';
import type { PresenceView } from '$lib/bindings/PresenceView';
import type { Shell } from '$lib/shell/shell';
import { fullName } from '$lib/words/format';
import { Wanted } from '$lib/words/matching';
import { mentionQuery, type EditorText } from '$lib/words/editor-text';

export interface Candidate {
  card: Card;
  name: string;
  outside: boolean;
  presence: PresenceView | null;
  /** Does not take part yet: naming them adds them. */
  joins: boolean;
}

const MOST = 6;

export class MentionPicker {
  candidates = $state.raw<Candidate[]>([]);
  active = $state(0);
  private from = 0;
  private to = 0;
  private revision = 0;
  /** Those who were offered here, by membership: what is known of who is mentioned. */
  private readonly known = new SvelteMap<string, Candidate>();
  private readonly asked = new Set<string>();
  /** Until it is known whom the directory finds for what stands before the caret; `null` where it is not asked. */
  looking: Promise<void> | null = null;

  constructor(
    private readonly shell: Shell,
    private readonly view: () => ConversationView | null,
    /** Naming someone can add them: not where a message is changed that was sent. */
    private readonly mayJoin: () => boolean = () => true,
  ) {}

  of(membership: string): Candidate | undefined {
    return this.known.get(membership);
  }

  /** Asks who someone is that a draft of earlier mentions. */
  async learn(membership: string, name: string): Promise<void> {
    const acting = this.view()?.acting;
    if (!acting || this.known.has(membership) || this.asked.has(membership)) return;
    this.asked.add(membership);
    try {
      const found = await this.shell.call('find', { acting, query: name, limit: MOST * 2 });
      this.keep(found.people.map(candidate));
    } catch {
      // The name is known; where they work is not.
    }
  }

  private keep(candidates: Candidate[]): void {
    for (const one of candidates) this.known.set(one.card.membership, one);
  }

  get open(): boolean {
    return this.candidates.length > 0;
  }
  get chosen(): Candidate | undefined {
    return this.candidates[this.active];
  }

  close(): void {
    this.revision += 1;
    this.looking = null;
    this.candidates = [];
  }

  /** Looks at what stands before the caret. */
  look(written: EditorText, caret: number): Promise<void> {
    const view = this.view();
    const asked = view && view.shape !== 'direct' ? mentionQuery(written, caret) : null;
    this.close();
    if (!view || !asked) return Promise.resolve();
    this.from = asked.from;
    this.to = caret;
    const wanted = new Wanted(asked.query);
    const here = view.participants
      .filter((one) => !one.me && !one.ended)
      .map((one) => ({
        card: one,
        name: fullName(one.name),
        outside: one.outside,
        presence: one.presence,
        joins: false,
      }))
      .filter((one) => wanted.isIn(one.name))
      .slice(0, MOST);
    this.offer(here);
    if (here.length >= MOST || wanted.isEmpty || !view.may.add) return Promise.resolve();
    if (!this.mayJoin()) return Promise.resolve();
    const { revision } = this;
    const looking = this.find(view, asked.query.trim(), here).finally(() => {
      if (revision === this.revision) this.looking = null;
    });
    this.looking = looking;
    return looking;
  }

  /** Those of the directory, after those who are here. */
  private async find(view: ConversationView, query: string, here: Candidate[]): Promise<void> {
    const { acting } = view;
    if (acting === null) return;
    const { revision } = this;
    try {
      const found = await this.shell.call('find', { acting, query, limit: MOST * 2 });
      if (revision !== this.revision) return;
      const there = new Set(view.participants.map((one) => one.person));
      const others = found.people.filter(
        (one) => !there.has(one.person) && (view.may.add_outside || !one.outside),
      );
      this.keep(others.map(candidate));
      // The directory finds by discipline and place, too: whose name it is comes first, for Enter takes the first.
      const named = others.filter((one) => one.named).map(candidate);
      const otherwise = others.filter((one) => !one.named).map(candidate);
      this.offer([...here, ...named, ...otherwise].slice(0, MOST));
    } catch {
      // Participants can be mentioned without the directory.
    }
  }

  /** Offers candidates. The active one stays active, although others may come after it. */
  private offer(candidates: Candidate[]): void {
    const chosen = this.chosen?.card.membership;
    const place = candidates.findIndex((one) => one.card.membership === chosen);
    this.candidates = candidates;
    this.active = Math.max(0, place);
  }

  move(by: number): void {
    const count = this.candidates.length;
    this.active = (this.active + by + count) % count;
  }

  /** The text with the mention in it, and where the caret goes. */
  take(written: EditorText, candidate: Candidate): { written: EditorText; caret: number } {
    const who = { membership: candidate.card.membership, name: candidate.name };
    const taken = written.mention(this.from, this.to, who);
    this.close();
    const put = taken.mentions.find((one) => one.from === this.from);
    return { written: taken, caret: (put?.to ?? this.to) + 1 };
  }
}

/** Someone who was found: naming them adds them. */
function candidate(one: FoundPerson): Candidate {
  return { card: one, name: fullName(one.name), outside: one.outside, presence: one.presence, joins: true };
}
