/**
 * Which messages came in while one listens: each once, when it is known how it went. What is sent is told when it was
 * accepted, or waits; what was there already, and what one scrolls to, is not.
 */
import type { MessageView } from '$lib/bindings/MessageView';
import type { Row } from '$lib/bindings/Row';

export class Arrivals {
  /** The last place that was there, or was told of. */
  private last: number | null = null;
  private readonly reported = new Set<string>();

  /** Those in a stretch of the conversation that nobody was told of; `atEnd` when it goes on to the newest. */
  take(rows: Row[], newest: number, atEnd: boolean): MessageView[] {
    const { last } = this;
    const came = rows.filter(
      (row) =>
        row.row === 'message' &&
        (row.number ?? Infinity) > (last ?? newest) &&
        row.state.state !== 'sending' &&
        !this.reported.has(row.message),
    ) as MessageView[];
    for (const { message } of came) this.reported.add(message);
    const numbers = rows.map((row) => (row.row === 'message' ? (row.number ?? 0) : 0));
    this.last = Math.max(last ?? newest, ...(atEnd ? numbers : [newest]));
    return last === null || !atEnd ? [] : came;
  }
}
