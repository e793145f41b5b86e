/** Meaning of a connection state. */
import type { Connection } from '$lib/bindings/Connection';

/** Whether data can be neither sent nor received, for another reason than a decision of the server. */
export function isCut({ connection }: Connection): boolean {
  return connection === 'offline' || connection === 'between';
}
