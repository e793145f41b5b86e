/** The devices on which the user is signed in (I3), as the server lists them. */
import type { ApiError } from '$lib/bindings/ApiError';
import type { Devices } from '$lib/bindings/Devices';
import { CallError, type Shell } from '$lib/shell/shell';

export class DevicesState {
  /** `null` until the first answer. */
  list = $state.raw<Devices | null>(null);
  failure = $state.raw<ApiError | null>(null);
  /** A request is under way. */
  busy = $state(false);

  constructor(private readonly shell: Shell) {}

  load(): Promise<void> {
    return this.take(this.shell.call('devices', {}));
  }

  signOut(session: string): Promise<void> {
    return this.take(this.shell.call('sign_out_device', { session }));
  }

  private async take(answer: Promise<Devices>): Promise<void> {
    this.busy = true;
    try {
      this.list = await answer;
      this.failure = null;
    } catch (thrown) {
      this.failure = CallError.from(thrown).why;
    } finally {
      this.busy = false;
    }
  }
}
