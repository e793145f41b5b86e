/** What a connection means for what one waits for. */
import type { Connection } from '$lib/bindings/Connection';

/** Whether nothing goes or comes now, and by no decision of the server's. */
export function isCut({ connection }: Connection): boolean {
  return connection === 'offline' || connection === 'between';
}
