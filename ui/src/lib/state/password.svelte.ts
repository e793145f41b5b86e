/** Changing the password (I1): the one until now, and the new one. */
import type { ApiError } from '$lib/bindings/ApiError';
import { SHORTEST_PASSWORD } from '$lib/bindings/limits';
import { CallError, type Shell } from '$lib/shell/shell';

export class PasswordState {
  current = $state('');
  chosen = $state('');
  busy = $state(false);
  failure = $state.raw<ApiError | null>(null);

  constructor(private readonly shell: Shell) {}

  /** In characters, as the rule counts them. */
  get left(): number {
    return SHORTEST_PASSWORD - [...this.chosen].length;
  }

  get ready(): boolean {
    return this.current !== '' && this.left <= 0 && !this.busy;
  }

  /** The current one is wrong, and not the one that was chosen. */
  get isCurrentWrong(): boolean {
    return this.failure?.error === 'server' && this.failure.code === 'wrong_password';
  }

  clear(): void {
    this.current = this.chosen = '';
    this.failure = null;
  }

  /** Whether it was changed. */
  async change(): Promise<boolean> {
    if (!this.ready) return false;
    this.busy = true;
    this.failure = null;
    try {
      await this.shell.call('change_password', { current: this.current, password: this.chosen });
      this.clear();
      return true;
    } catch (thrown) {
      this.failure = CallError.from(thrown).why;
      return false;
    } finally {
      this.busy = false;
    }
  }
}
