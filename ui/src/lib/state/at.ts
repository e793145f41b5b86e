/** Something to be done once a moment by the server's clock has come. */
import { serverNow } from '$lib/words/server-clock';

/** A clock that was wrong is asked again, and not all the time. */
const LEAST = 30_000;
/** The longest that a timer of a browser waits. */
const MOST = 2 ** 31 - 1;

/** Does it then, or some time later after a sleep of the computer, unless the answer is called before. */
export function at(moment: number, act: () => void): () => void {
  const wait = Math.min(MOST, Math.max(LEAST, moment - serverNow()));
  const timer = setTimeout(act, wait);
  return () => clearTimeout(timer);
}
