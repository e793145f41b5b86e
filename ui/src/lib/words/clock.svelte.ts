/**
 * Which day it is and in which time zone, at the moment it is looked at.
 *
 * A timer alone does not know: a computer that slept over midnight wakes with the timer where it was, and one that was taken
 * along has another zone. So it is looked at again when the window is, when something moves in it, and now and then. What
 * is said of a moment (`format.ts`) depends on this, and is said anew when it changes.
 * The moment itself is the server's: this device's clock may be wrong (`now.ts`).
 */
import { serverNow } from './server-clock';

/** In milliseconds. */
const NOW_AND_THEN = 10_000;
/** Of the wall clock: while one types nothing is looked at again and again. */
const JUST_NOW = 1_000;

class Clock {
  /** Counts the days and zones there were. */
  private revision = $state(0);
  private known = today();
  private lookedAt = 0;
  private readonly forgotten: (() => void)[] = [];

  /** The time by the server. A component that calls this is updated when the day or the time zone changes. */
  now(): number {
    void this.revision;
    return serverNow();
  }

  /** Calls `forget` when the day or the time zone changes: a value kept for one zone is of no use in another. */
  onChange(forget: () => void): void {
    this.forgotten.push(forget);
  }

  look(): void {
    this.lookedAt = Date.now();
    const now = today();
    if (now === this.known) return;
    this.known = now;
    for (const forget of this.forgotten) forget();
    this.revision += 1;
  }

  /** Until the answer is called. */
  begin(): () => void {
    const look = () => this.look();
    const moved = () => {
      if (Math.abs(Date.now() - this.lookedAt) >= JUST_NOW) this.look();
    };
    this.look();
    const timer = setInterval(look, NOW_AND_THEN);
    const onWindow = ['focus', 'pageshow', 'online'];
    const onDocument = ['visibilitychange', 'resume'];
    const onMove = ['pointermove', 'pointerdown', 'keydown', 'wheel'];
    for (const one of onWindow) addEventListener(one, look);
    for (const one of onDocument) document.addEventListener(one, look);
    for (const one of onMove) addEventListener(one, moved, { capture: true, passive: true });
    return () => {
      clearInterval(timer);
      for (const one of onWindow) removeEventListener(one, look);
      for (const one of onDocument) document.removeEventListener(one, look);
      for (const one of onMove) removeEventListener(one, moved, { capture: true });
    };
  }
}

/** The day by the calendar of the zone that holds now. */
function today(): string {
  const now = new Date(serverNow());
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return [timeZone, now.getTimezoneOffset(), now.getFullYear(), now.getMonth(), now.getDate()].join(' ');
}

export const clock = new Clock();
