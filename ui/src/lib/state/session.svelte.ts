/** The session: who is signed in on this device, or why nobody can work. */
import type { ApiError } from '$lib/bindings/ApiError';
import type { Me } from '$lib/bindings/Me';
import type { SessionView } from '$lib/bindings/SessionView';
import type { Shell } from '$lib/shell/shell';

import { Refresh } from './refresh';

/** Callbacks of the interface for changes of the session. */
export interface SessionEvents {
  /** Another user signed in, or the user signed out. */
  userChanged: () => void;
  /** The session could not be loaded. */
  failed: (thrown: unknown) => void;
}

export class SessionState {
  /** `null` until the first answer. */
  view = $state.raw<SessionView | null>(null);
  private readonly asking: Refresh;

  constructor(
    private readonly shell: Shell,
    private readonly events: SessionEvents,
  ) {
    this.asking = new Refresh(() => this.load());
  }

  /** The user, also while the session has ended and the local data can still be read. */
  get me(): Me | null {
    const { view } = this;
    return view?.session === 'signed_in' || view?.session === 'ended' ? view.me : null;
  }

  refresh(): Promise<void> {
    return this.asking.now();
  }

  /** Takes the first view, which was asked for already. */
  begin(asked: Promise<SessionView>): Promise<void> {
    return this.load(asked);
  }

  private async load(asked = this.shell.call('session', {})): Promise<void> {
    try {
      this.enter(await asked);
    } catch (thrown) {
      this.events.failed(thrown);
    }
  }

  /** Takes over a session view. */
  enter(view: SessionView): void {
    const before = this.me?.person;
    this.view = view;
    if (this.me?.person !== before) this.events.userChanged();
  }

  /** Takes over a failure that says that there is no session any more. Returns whether it did. */
  takeFailure(why: ApiError): boolean {
    if (why.error === 'closed') this.view = { session: 'closed', trouble: why.trouble };
    else if (why.error === 'not_signed_in') void this.refresh();
    else return false;
    return true;
  }

  async signOut(): Promise<void> {
    this.enter(await this.shell.call('sign_out', {}));
  }

  async dropRecovered(id: string): Promise<void> {
    await this.shell.call('drop_recovered', { id });
    await this.refresh();
  }

  /** The organisation that a membership is of; `null` for a user with one membership, who has no choice (O3). */
  actingFor(membership: string | null): string | null {
    const mine = this.me?.memberships ?? [];
    if (mine.length < 2) return null;
    return mine.find((one) => one.membership === membership)?.organisation_name ?? null;
  }
}
