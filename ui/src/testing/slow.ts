/** An engine that takes its time: answers come later, also in another order than they were asked for. */
import { vi } from 'vitest';

import type { CallName, Shell } from '$lib/shell/shell';

export interface Slowness {
  /** Milliseconds until a call is answered; the n-th of all. */
  (name: CallName, nth: number): number;
}

/** From now on each call of this shell is done at once, and answered later. */
export function slowDown(shell: Shell, slowness: Slowness): void {
  const call = shell.call.bind(shell) as (name: CallName, args: unknown) => Promise<unknown>;
  let nth = 0;
  vi.spyOn(shell, 'call').mockImplementation(async (name: CallName, args: unknown) => {
    const wait = slowness(name, nth++);
    const answer = call(name, args);
    answer.catch(() => undefined);
    await new Promise((done) => setTimeout(done, wait));
    return (await answer) as never;
  });
}

/** The first answers come last. */
export const outOfOrder: Slowness = (_, nth) => [25, 1, 15, 5][nth % 4] ?? 0;
