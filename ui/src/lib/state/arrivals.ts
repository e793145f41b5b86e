/**
 * Selects the messages that a screen reader announces: each once. An own message is announced when it is accepted or
 * waiting; messages that were there already, or that the user scrolls to, are not announced.
 */
import type { MessageView } from '$lib/bindings/MessageView';
import type { Row } from '$lib/bindings/Row';

export class Arrivals {
  /** The last sequence number that was there or was announced. */
  private last: number | null = null;
  private readonly reported = new Set<string>();

  /** The messages of a slice that were not announced yet; `atEnd` when the slice reaches the newest message. */
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
