/**
 * The only interface between the screens and the rest of Overleg: requests go out, invalidations come in.
 *
 * `tauri.ts` implements it with the desktop app; `remote.ts` with a development server and its real engine, `fake/` with
 * simulated data, in a browser, for development, tests and screenshots.
 */
import type { Calls, ShellCalls } from '$lib/bindings/calls';
import type { ApiError } from '$lib/bindings/ApiError';
import type { AttachTo } from '$lib/bindings/AttachTo';
import type { AttachmentView } from '$lib/bindings/AttachmentView';
import type { Invalidated } from '$lib/bindings/Invalidated';

export type CallName = keyof Calls;
export type Args<N extends CallName> = Calls[N]['args'];
export type Answer<N extends CallName> = Calls[N]['answer'];

export type ProgramCallName = keyof ShellCalls;
export type ProgramArgs<N extends ProgramCallName> = ShellCalls[N]['args'];
export type ProgramAnswer<N extends ProgramCallName> = ShellCalls[N]['answer'];

/** A file that was chosen in the system's dialog and could not be attached. */
export interface AttachFailed {
  to: AttachTo;
  name: string;
  why: ApiError;
}

export interface Shell {
  /** Rejects with a {@link CallError}, and with nothing else. */
  call<N extends CallName>(name: N, args: Args<N>): Promise<Answer<N>>;
  /** Sends a request about the program itself: its window and the operating system. Rejects as `call` does. */
  program<N extends ProgramCallName>(name: N, args: ProgramArgs<N>): Promise<ProgramAnswer<N>>;
  /** Opens an `https` address in the browser of the system, because this window never navigates away. Rejects on failure. */
  openLink(url: string): Promise<void>;
  /**
   * Attaches a file that was dropped or pasted. `onprogress` is called once it has an id, and as it is read. Rejects as
   * `call` does, and then nothing is left of it.
   */
  attach(to: AttachTo, file: File, onprogress?: (read: AttachmentView) => void): Promise<AttachmentView>;
  /** The address of a file that is on this device, or of its preview. */
  fileUrl(id: string): string;
  /** Calls `handle` for each file of the system's dialog that was not attached, until the returned function is called. */
  onAttachFailed(handle: (failed: AttachFailed) => void): () => void;
  /** Calls `handle` for each invalidation, until the returned function is called. */
  onInvalidated(handle: (invalidated: Invalidated[]) => void): () => void;
}

/** Failure of a request, as an error. */
export class CallError extends Error {
  constructor(readonly why: ApiError) {
    super(why.error);
    this.name = 'CallError';
  }

  /** Converts anything thrown; an unknown error becomes a failure of this device. */
  static from(thrown: unknown): CallError {
    if (thrown instanceof CallError) return thrown;
    const known = typeof thrown === 'object' && thrown !== null && 'error' in thrown;
    return new CallError(known ? (thrown as ApiError) : { error: 'cache' });
  }
}
