/**
 * The one door to what is behind the screen: calls go out, word of what became stale comes in.
 *
 * The screen knows nothing else of the world. `tauri.ts` is the desktop app behind it, `fake/` a world in the browser
 * for development, tests and pictures.
 */
import type { Calls, DeskCalls } from '$lib/bindings/calls';
import type { ApiError } from '$lib/bindings/ApiError';
import type { Invalidated } from '$lib/bindings/Invalidated';

export type CallName = keyof Calls;
export type Args<N extends CallName> = Calls[N]['args'];
export type Answer<N extends CallName> = Calls[N]['answer'];

export type ProgramCallName = keyof DeskCalls;
export type ProgramArgs<N extends ProgramCallName> = DeskCalls[N]['args'];
export type ProgramAnswer<N extends ProgramCallName> = DeskCalls[N]['answer'];

export interface Shell {
  /** Rejects with a {@link CallError}, and with nothing else. */
  call<N extends CallName>(name: N, args: Args<N>): Promise<Answer<N>>;
  /** Of the desktop program itself: its window, and what the system does for it. Rejects as `call` does. */
  program<N extends ProgramCallName>(name: N, args: ProgramArgs<N>): Promise<ProgramAnswer<N>>;
  /** Opens an `https` address in the system's browser: this window never goes anywhere. Rejects when it could not. */
  openLink(url: string): Promise<void>;
  /** Until the answer is called. */
  onInvalidated(handle: (invalidated: Invalidated[]) => void): () => void;
}

/** Why a call did not do what was asked, as something that can be thrown. */
export class CallError extends Error {
  constructor(readonly why: ApiError) {
    super(why.error);
    this.name = 'CallError';
  }

  /** What was thrown, whatever it is: what is not known is a failure on this device. */
  static from(thrown: unknown): CallError {
    if (thrown instanceof CallError) return thrown;
    const known = typeof thrown === 'object' && thrown !== null && 'error' in thrown;
    return new CallError(known ? (thrown as ApiError) : { error: 'cache' });
  }
}
