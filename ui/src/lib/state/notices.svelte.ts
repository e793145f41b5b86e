/** Notices across the top of the window: the last failure, and an address that the system did not open. */
import type { ApiError } from '$lib/bindings/ApiError';
import { CallError } from '$lib/shell/shell';

export class Notices {
  /** The last failure, until the user dismisses the notice. */
  failure = $state.raw<ApiError | null>(null);
  /** An address that the system did not open, until the user dismisses the notice. */
  unopened = $state<string | null>(null);

  constructor(
    /** Takes over a failure that another screen explains, and returns whether it did. */
    private readonly takenOver: (why: ApiError) => boolean,
  ) {}

  /** Clears everything for another user. */
  forget(): void {
    this.failure = null;
    this.unopened = null;
  }

  /** Runs an action and shows its failure. Returns whether the action succeeded. */
  async attempt(action: () => Promise<unknown>): Promise<boolean> {
    this.failure = null;
    try {
      await action();
      return true;
    } catch (thrown) {
      this.failed(thrown);
      return false;
    }
  }

  failed(thrown: unknown): void {
    const { why } = CallError.from(thrown);
    if (!this.takenOver(why)) this.failure = why;
  }
}
