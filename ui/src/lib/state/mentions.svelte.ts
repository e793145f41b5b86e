/**
 * Who can be named after an `@` (P8): the participants, and those whom the writer may add here; they are added by it.
 * In a direct conversation `@` is text.
 */
import type { ConversationView } from '$lib/bindings/ConversationView';
import type { Card } from '$lib/bindings/Card';
import type { Shell } from '$lib/shell/shell';
import { fullName } from '$lib/words/format';
import { plain } from '$lib/words/plain';
import { mentionQuery, type WrittenText } from '$lib/words/written';

export interface Candidate {
  card: Card;
  name: string;
  outside: boolean;
  /** Does not take part yet: naming them adds them. */
  joins: boolean;
}

const MOST = 6;

export class MentionPicker {
  candidates = $state.raw<Candidate[]>([]);
  active = $state(0);
  private from = 0;
  private to = 0;
  private turn = 0;

  constructor(
    private readonly shell: Shell,
    private readonly view: () => ConversationView | null,
  ) {}

  get open(): boolean {
    return this.candidates.length > 0;
  }
  get chosen(): Candidate | undefined {
    return this.candidates[this.active];
  }

  close(): void {
    this.turn += 1;
    this.candidates = [];
  }

  /** Looks at what stands before the caret. */
  async look(written: WrittenText, caret: number): Promise<void> {
    const view = this.view();
    const asked = view && view.shape !== 'direct' ? mentionQuery(written, caret) : null;
    const turn = ++this.turn;
    if (!view || !asked) {
      this.candidates = [];
      return;
    }
    this.from = asked.from;
    this.to = caret;
    const words = plain(asked.query).split(/\s+/u).filter(Boolean);
    const matches = (name: string) => {
      const parts = plain(name).split(/[\s-]+/u);
      return words.every((word) => parts.some((part) => part.startsWith(word)));
    };
    const here = view.participants
      .filter((one) => !one.me && !one.ended)
      .map((one) => ({ card: one, name: fullName(one.name), outside: one.outside, joins: false }))
      .filter((one) => matches(one.name))
      .slice(0, MOST);
    this.offer(here);
    if (here.length >= MOST || words.length === 0 || !view.may.add || view.acting === null) return;
    try {
      const found = await this.shell.call('find', {
        acting: view.acting,
        query: asked.query.trim(),
        limit: MOST * 2,
      });
      if (turn !== this.turn) return;
      const there = new Set(view.participants.map((one) => one.person));
      const others = found.people
        .filter((one) => !there.has(one.person) && (view.may.add_outside || !one.outside))
        .map((one) => ({ card: one, name: fullName(one.name), outside: one.outside, joins: true }));
      this.offer([...here, ...others].slice(0, MOST));
    } catch {
      // Who takes part can be named without the directory.
    }
  }

  private offer(candidates: Candidate[]): void {
    this.candidates = candidates;
    this.active = 0;
  }

  move(by: number): void {
    const count = this.candidates.length;
    this.active = (this.active + by + count) % count;
  }

  /** The text with the mention in it, and where the caret goes. */
  take(written: WrittenText, candidate: Candidate): { written: WrittenText; caret: number } {
    const who = { membership: candidate.card.membership, name: candidate.name };
    const taken = written.mention(this.from, this.to, who);
    this.close();
    return { written: taken, caret: this.from + candidate.name.length + 2 };
  }
}
