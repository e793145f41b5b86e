/** Signing in: by an invitation, or with e-mail and password on a server that is known (I1). */
import type { ApiError } from '$lib/bindings/ApiError';
import type { InvitationView } from '$lib/bindings/InvitationView';
import type { SessionView } from '$lib/bindings/SessionView';
import { SHORTEST_PASSWORD } from '$lib/bindings/limits';
import { CallError, type Shell } from '$lib/shell/shell';
import { foundOf, readInvitation, serverOf, type Invitation } from '$lib/words/invitation';

export type Way = 'invitation' | 'password';

export class SignInState {
  way = $state<Way>('invitation');
  link = $state('');
  server = $state('');
  login = $state('');
  password = $state('');
  busy = $state(false);
  failure = $state.raw<ApiError | null>(null);
  /** The invitation as the server describes it. */
  invited = $state.raw<InvitationView | null>(null);
  /** The one that was looked at: what is accepted, whatever stands in the field since. */
  private looked: Invitation | null = null;
  private revision = 0;

  constructor(
    private readonly shell: Shell,
    server: string | null,
  ) {
    this.server = server ?? '';
    this.way = server ? 'password' : 'invitation';
  }

  /** The server and the code, from the link or typed apart; without `https://` the server's address is one all the same. */
  get invitation(): Invitation | null {
    const read = readInvitation(this.link);
    if (read) return read;
    const found = foundOf(this.link);
    const server = serverOf(this.server) ?? found.server;
    return server && found.code ? { server, code: found.code } : null;
  }

  /** The part of an invitation that the field lacks; `null` if it is complete or empty. */
  get missing(): 'server' | 'code' | 'both' | null {
    if (this.link.trim().length < 3) return null;
    const { server, code } = foundOf(this.link);
    if (server && code) return null;
    return code ? 'server' : server ? 'code' : 'both';
  }

  /** In characters, as the rule counts them. */
  get passwordLeft(): number {
    return SHORTEST_PASSWORD - [...this.password].length;
  }

  /** The server to begin with, until the user types another. */
  suggest(server: string): void {
    if (this.server.trim() === '') this.server = server;
  }

  go(way: Way): void {
    this.revision += 1;
    this.way = way;
    this.failure = null;
    this.password = '';
    this.invited = null;
    this.busy = false;
  }

  async lookAtInvitation(): Promise<void> {
    const { invitation } = this;
    if (!invitation) return;
    const { revision } = this;
    await this.attempt(async () => {
      const invited = await this.shell.call('invitation', { ...invitation });
      // The user may have left the invitation meanwhile, and stays where they are.
      if (revision !== this.revision) return null;
      this.looked = invitation;
      this.invited = invited;
      return null;
    });
  }

  accept(): Promise<SessionView | null> {
    const { looked, password } = this;
    if (!looked) return Promise.resolve(null);
    return this.attempt(() => this.shell.call('accept', { ...looked, password }));
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
    const { revision } = this;
    this.busy = true;
    this.failure = null;
    try {
      return await what();
    } catch (thrown) {
      if (revision === this.revision) this.failure = CallError.from(thrown).why;
      return null;
    } finally {
      if (revision === this.revision) this.busy = false;
    }
  }
}
