/** Signing in: by an invitation, or with e-mail and password on a server that is known (I1). */
import type { DoorError } from '$lib/bindings/DoorError';
import type { InvitationView } from '$lib/bindings/InvitationView';
import type { SessionView } from '$lib/bindings/SessionView';
import { SHORTEST_PASSWORD } from '$lib/bindings/limits';
import { CallError, type Shell } from '$lib/shell/shell';
import { readInvitation, serverOf, type Invitation } from '$lib/words/invitation';

export type Way = 'invitation' | 'password';

export class SignInState {
  way = $state<Way>('invitation');
  link = $state('');
  code = $state('');
  server = $state('');
  login = $state('');
  password = $state('');
  busy = $state(false);
  failure = $state.raw<DoorError | null>(null);
  /** Whom the invitation is for, once the server said so. */
  invited = $state.raw<InvitationView | null>(null);

  constructor(
    private readonly shell: Shell,
    server: string | null,
  ) {
    this.server = server ?? '';
    this.way = server ? 'password' : 'invitation';
  }

  /** The server and the code, from the link or typed apart. */
  get invitation(): Invitation | null {
    const read = readInvitation(this.link);
    if (read) return read;
    const server = serverOf(this.server);
    const code = this.code.trim() || this.link.trim();
    return server && code ? { server, code } : null;
  }

  /** In characters, as the rule counts them. */
  get passwordLeft(): number {
    return SHORTEST_PASSWORD - [...this.password].length;
  }

  go(way: Way): void {
    this.way = way;
    this.failure = null;
    this.password = '';
    this.invited = null;
  }

  async lookAtInvitation(): Promise<void> {
    const { invitation } = this;
    if (!invitation) return;
    await this.attempt(async () => {
      this.invited = await this.shell.call('invitation', { ...invitation });
      return null;
    });
  }

  accept(): Promise<SessionView | null> {
    const { invitation, password } = this;
    if (!invitation) return Promise.resolve(null);
    return this.attempt(() => this.shell.call('accept', { ...invitation, password }));
  }

  signIn(): Promise<SessionView | null> {
    const server = serverOf(this.server);
    if (!server) {
      this.failure = { error: 'bad_address' };
      return Promise.resolve(null);
    }
    const login = this.login.trim();
    return this.attempt(() => this.shell.call('sign_in', { server, login, password: this.password }));
  }

  private async attempt(what: () => Promise<SessionView | null>): Promise<SessionView | null> {
    if (this.busy) return null;
    this.busy = true;
    this.failure = null;
    try {
      return await what();
    } catch (thrown) {
      this.failure = CallError.from(thrown).why;
      return null;
    } finally {
      this.busy = false;
    }
  }
}
