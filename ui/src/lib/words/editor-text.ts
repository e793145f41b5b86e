/**
 * The text of an editor: the content of its field, and which ranges of it are mentions.
 *
 * In the field a mention is "@" and a name, so that it reads and selects like text; in what is sent it is U+FFFC and a
 * membership (`crates/conversation/src/text.rs`). A mention is whole or it is none: typing inside one makes it text.
 */
import type { MembershipId } from '$lib/bindings/MembershipId';
import type { Mentioned } from '$lib/bindings/Mentioned';
import type { MessageText } from '$lib/bindings/MessageText';

const PLACE = '\u{FFFC}';

export interface Mention {
  from: number;
  to: number;
  membership: MembershipId;
}

/** MessageText, or a mention, in the order in which they stand. */
export interface Piece {
  text: string;
  mention: boolean;
}

export class EditorText {
  static readonly EMPTY = new EditorText('', []);

  private constructor(
    /** The text as the field shows it. */
    readonly shown: string,
    readonly mentions: readonly Mention[],
  ) {}

  static from(text: MessageText, names: readonly Pick<Mentioned, 'membership' | 'name'>[]): EditorText {
    const named = new Map(names.map((one) => [one.membership, one.name]));
    const mentions: Mention[] = [];
    let shown = '';
    text.body.split(PLACE).forEach((piece, index) => {
      const membership = index > 0 ? text.mentions?.[index - 1] : undefined;
      if (membership !== undefined) {
        const from = shown.length;
        shown += `@${unturned(named.get(membership) ?? '…')}`;
        mentions.push({ from, to: shown.length, membership });
      }
      shown += piece;
    });
    return new EditorText(shown, mentions);
  }

  static plain(shown: string): EditorText {
    return new EditorText(shown, []);
  }

  text(): MessageText {
    let body = '';
    let from = 0;
    for (const mention of this.mentions) {
      body += this.shown.slice(from, mention.from) + PLACE;
      from = mention.to;
    }
    body += this.shown.slice(from);
    return this.mentions.length > 0
      ? { body, mentions: this.mentions.map((one) => one.membership) }
      : { body };
  }

  get blank(): boolean {
    return this.shown.trim() === '';
  }

  /** In characters, as the rule counts them (M1). */
  get length(): number {
    // Few texts come near the limit: only those are counted one by one.
    if (this.shown.length < 10_000) return this.shown.length;
    return [...this.text().body].length;
  }

  get pieces(): Piece[] {
    const pieces: Piece[] = [];
    let from = 0;
    for (const mention of this.mentions) {
      if (mention.from > from) pieces.push({ text: this.shown.slice(from, mention.from), mention: false });
      pieces.push({ text: this.shown.slice(mention.from, mention.to), mention: true });
      from = mention.to;
    }
    if (from < this.shown.length) pieces.push({ text: this.shown.slice(from), mention: false });
    return pieces;
  }

  /** The field holds `shown` now, and the caret is at `caret`: one stretch of it was replaced. */
  typed(shown: string, caret: number): EditorText {
    const before = this.shown;
    if (shown === before) return this;
    // The text after the caret was not edited, nor was the part at the beginning that is still the same.
    let tail = shown.length - caret;
    if (tail > before.length || before.slice(before.length - tail) !== shown.slice(caret))
      tail = commonTail(before, shown);
    const room = Math.min(before.length, shown.length) - tail;
    let head = 0;
    while (head < room && before[head] === shown[head]) head += 1;
    return this.replaced(head, before.length - tail, shown.slice(head, shown.length - tail), []);
  }

  /** With a mention in place of a stretch, and a space after it where none follows. */
  mention(from: number, to: number, who: Pick<Mentioned, 'membership' | 'name'>): EditorText {
    const name = `@${unturned(who.name)}`;
    const space = /^\s/u.test(this.shown.slice(to)) ? '' : ' ';
    return this.replaced(from, to, name + space, [
      { from, to: from + name.length, membership: who.membership },
    ]);
  }

  /** These are not mentioned any longer: their names stay, as text. */
  without(memberships: readonly MembershipId[]): EditorText {
    const last = this.mentions.findLast((one) => memberships.includes(one.membership));
    if (!last) return this;
    const name = this.shown.slice(last.from + 1, last.to);
    return this.replaced(last.from, last.to, name, []).without(memberships);
  }

  /** This text, and after an empty line another one. */
  followedBy(other: EditorText): EditorText {
    const before = this.blank ? '' : `${this.shown}\n\n`;
    const moved = other.mentions.map((one) => ({
      ...one,
      from: one.from + before.length,
      to: one.to + before.length,
    }));
    return new EditorText(before + other.shown, [...(before ? this.mentions : []), ...moved]);
  }

  /** The mention that ends here: taking away its last letter takes it away whole. */
  mentionEndingAt(caret: number): Mention | undefined {
    return this.mentions.find((one) => one.to === caret);
  }

  private replaced(from: number, to: number, by: string, added: Mention[]): EditorText {
    const grown = by.length - (to - from);
    const kept = this.mentions.flatMap((one) => {
      if (one.to <= from) return [one];
      if (one.from >= to) return [{ ...one, from: one.from + grown, to: one.to + grown }];
      return [];
    });
    const mentions = [...kept, ...added].sort((a, b) => a.from - b.from);
    return new EditorText(this.shown.slice(0, from) + by + this.shown.slice(to), mentions);
  }
}

/** In a field of plain text nothing keeps a name apart: characters that turn the direction are not shown there. */
function unturned(name: string): string {
  return name.replace(/[\u202A-\u202E\u2066-\u2069]/gu, '');
}

function commonTail(a: string, b: string): number {
  let tail = 0;
  while (tail < Math.min(a.length, b.length) && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  return tail;
}

/** Letters, and what stands within names: apostrophes, hyphens, dots and strokes of abbreviations. */
const NAME = String.raw`[\p{L}\p{M}'’‘ʼ\u0060´./\u2010-\u2015-]`;
/** An `@` with up to four words of a name behind it; a comma within, as in `Berg, Daan`. */
const MENTION_TYPED = new RegExp(
  String.raw`(?:^|[\s(])@(${NAME}*(?:,?[ \u00a0]${NAME}+){0,3}[ \u00a0]?)$`,
  'u',
);

/** The query after an `@`: the text from there to the caret, if that can be a name. */
export function mentionQuery(written: EditorText, caret: number): { from: number; query: string } | null {
  const before = written.shown.slice(0, caret);
  const found = MENTION_TYPED.exec(before);
  if (!found) return null;
  const query = found[1] ?? '';
  const from = caret - query.length - 1;
  if (written.mentions.some((one) => one.from <= from && from < one.to)) return null;
  return { from, query };
}
