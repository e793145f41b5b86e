/**
 * A slice of a conversation in memory. Scrolling extends it at one side, and trims it at the other.
 *
 * The slice is contiguous in the cache of the device, oldest first. Each row has a key that stays the same from the moment
 * the message is written, so that nothing jumps when the message is accepted.
 */
import type { At } from '$lib/bindings/At';
import type { Row } from '$lib/bindings/Row';
import type { Timeline } from '$lib/bindings/Timeline';
import type { Shell } from '$lib/shell/shell';
import { rowEnd, rowKey, rowNumber } from '$lib/words/rows';

const PAGE = 60;
const LARGEST_PAGE = 200;
const MOST = 1000;

export class TimelineState {
  rows = $state.raw<Row[]>([]);
  before = $state(false);
  after = $state(false);
  /** The first unread message when the conversation was opened; unchanged until the user opens it again. */
  unreadFrom = $state<number | null>(null);
  /** The last change added rows at the beginning: the list keeps its scroll offset from the end. */
  prepended = $state(false);
  /** The change that is under way. */
  private turn: Promise<void> | null = null;

  constructor(
    private readonly shell: Shell,
    private readonly conversation: string,
  ) {}

  private ask(at: At, limit = PAGE): Promise<Timeline> {
    return this.shell.call('timeline', { conversation: this.conversation, at, limit });
  }

  load(at: At): Promise<void> {
    return this.inTurn(async () => {
      const opens = this.rows.length === 0;
      const answer = await this.ask(at);
      this.unreadFrom = opens || at.at === 'unread' ? answer.unread_from : this.unreadFrom;
      this.take(answer.rows, answer.before, answer.after);
    });
  }

  private take(rows: Row[], before: boolean, after: boolean, prepended = false): void {
    this.prepended = prepended;
    this.rows = withoutDoubles(rows);
    this.before = before;
    this.after = after;
  }

  async older(): Promise<void> {
    await this.alone(async () => {
      const first = firstNumber(this.rows);
      if (!this.before || first === null) return;
      const answer = await this.ask({ at: 'before', number: first });
      const rows = beforePlace(answer.rows, first);
      // This device has no earlier rows; an invalidation follows when it gets them.
      if (rows.length === 0) {
        this.before = false;
        return;
      }
      const all = [...rows, ...this.rows];
      const cut = all.length > MOST && !this.after ? lastPlaced(all, MOST) : all.length;
      this.take(all.slice(0, cut), answer.before, this.after || cut < all.length, true);
    });
  }

  async newer(): Promise<void> {
    await this.alone(async () => {
      const last = lastNumber(this.rows);
      if (!this.after || last === null) return;
      const answer = await this.ask({ at: 'after', number: last });
      const known = new Set(answer.rows.map(rowKey));
      this.take(
        [...this.rows.filter((row) => !known.has(rowKey(row))), ...answer.rows],
        this.before,
        answer.after,
      );
    });
  }

  /** Loads the same slice again. A slice at the end of the conversation includes new rows. */
  refresh(): Promise<void> {
    return this.inTurn(async () => {
      const first = firstNumber(this.rows);
      const last = lastNumber(this.rows);
      if (this.after && first !== null && last !== null) await this.again(first, last);
      else await this.againFromEnd(first);
    });
  }

  private async again(first: number, last: number): Promise<void> {
    let answer = await this.ask({ at: 'after', number: first - 1 }, LARGEST_PAGE);
    const { before } = answer;
    let rows = answer.rows;
    for (;;) {
      const reached = lastNumber(rows);
      if (!answer.after || reached === null || reached >= last) break;
      answer = await this.ask({ at: 'after', number: reached }, LARGEST_PAGE);
      if (answer.rows.length === 0) break;
      rows = [...rows, ...answer.rows];
    }
    const beyond = rows.findIndex((row) => (rowNumber(row) ?? 0) > last);
    const kept = beyond < 0 ? rows : rows.slice(0, beyond);
    this.take(kept, before, answer.after || kept.length < rows.length);
  }

  private async againFromEnd(first: number | null): Promise<void> {
    let answer = await this.ask({ at: 'end' }, Math.min(LARGEST_PAGE, this.rows.length + PAGE));
    let rows = answer.rows;
    // Loads back to the beginning of the slice.
    while (answer.before && first !== null && rows.length < MOST) {
      const reached = firstNumber(rows);
      if (reached === null || reached <= first) break;
      answer = await this.ask({ at: 'before', number: reached }, LARGEST_PAGE);
      const earlier = beforePlace(answer.rows, reached);
      if (earlier.length === 0) break;
      rows = [...earlier, ...rows];
    }
    const begin = first === null ? 0 : rows.findIndex((row) => (rowEnd(row) ?? Infinity) >= first);
    const kept = begin > 0 ? rows.slice(begin) : rows;
    this.take(kept, answer.before || kept.length < rows.length, false);
  }

  /** Not while another change is under way: one scrolls on, and asks again. */
  private async alone(what: () => Promise<void>): Promise<void> {
    if (!this.turn) await this.inTurn(what);
  }

  /** After the changes that are under way: each begins with the rows that the one before it left. */
  private async inTurn(what: () => Promise<void>): Promise<void> {
    while (this.turn) await this.turn.catch(() => undefined);
    this.turn = what();
    try {
      await this.turn;
    } finally {
      this.turn = null;
    }
  }

  has(number: number): boolean {
    const from = firstNumber(this.rows);
    const to = lastNumber(this.rows);
    return from !== null && to !== null && from <= number && number <= to;
  }
}

function firstNumber(rows: Row[]): number | null {
  for (const row of rows) {
    const number = rowNumber(row);
    if (number !== null) return number;
  }
  return null;
}

function lastNumber(rows: Row[]): number | null {
  for (const row of rows.toReversed()) {
    const number = rowEnd(row);
    if (number !== null) return number;
  }
  return null;
}

/** The rows before a sequence number: an answer may repeat a gap around it, or pending rows. */
function beforePlace(rows: Row[], place: number): Row[] {
  return rows.filter((row) => (rowEnd(row) ?? Infinity) < place);
}

/** Keeps the first of rows with one key: a message just accepted may be in the answer both as an event and as pending. */
function withoutDoubles(rows: Row[]): Row[] {
  const seen = new Set<string>();
  return rows.filter((row) => {
    const key = rowKey(row);
    return !seen.has(key) && seen.add(key);
  });
}

/** Number of rows to keep, so that the last of them has a sequence number to continue from. */
function lastPlaced(rows: Row[], most: number): number {
  let keep = most;
  while (keep > 0 && rowNumber(rows[keep - 1] as Row) === null) keep -= 1;
  return keep;
}
