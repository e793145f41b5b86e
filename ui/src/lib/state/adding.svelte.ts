/**
 * Adding people and teams (P1, P2, P5, O4): who, and what of the earlier messages they may read. What is shared is looked
 * at first; if something was added to the conversation since, the addition is refused and looked at again.
 */
import type { ConversationView } from '$lib/bindings/ConversationView';
import type { ApiError } from '$lib/bindings/ApiError';
import type { SharePreview } from '$lib/bindings/SharePreview';
import { CallError, type Shell } from '$lib/shell/shell';

import type { Choice } from './choice';
import { PeopleSearch } from './people.svelte';

export class AddingState {
  readonly people: PeopleSearch;
  share = $state(false);
  preview = $state.raw<SharePreview | null>(null);
  /** The first message that is shared; all of them when there is none. */
  from = $state<number | null>(null);
  failure = $state.raw<ApiError | null>(null);
  busy = $state(false);
  private looking = 0;

  constructor(
    private readonly shell: Shell,
    private readonly view: ConversationView,
    /** Somebody who was chosen before. */
    offered: Choice | null = null,
  ) {
    // A member whom a team brought in can still be added by name.
    const named = view.participants.filter((one) => one.by_teams.length === 0);
    const there = new Set([...named.map((one) => one.membership), ...view.teams.map((one) => one.team)]);
    this.people = new PeopleSearch(shell, view.acting ?? '', there, !view.may.add_outside, true);
    if (offered) this.people.choose(offered);
    else void this.people.look();
    // At an item it goes by who is added: what there is to read is shown in any case.
    if (view.shape === 'item') void this.look(null);
  }

  async setShare(share: boolean): Promise<void> {
    this.share = share;
    if (share) await this.look(null);
  }

  /** Requests a preview of what the added people could read, from a message on. Until it arrives there is no preview. */
  async look(from: number | null): Promise<void> {
    const revision = ++this.looking;
    if (from !== this.from) this.preview = null;
    this.from = from;
    try {
      const preview = await this.shell.call('share_preview', { conversation: this.view.conversation, from });
      if (revision !== this.looking) return;
      this.preview = preview;
      this.failure = null;
    } catch (thrown) {
      if (revision === this.looking) this.failure = CallError.from(thrown).why;
    }
  }

  async add(): Promise<boolean> {
    if (this.people.chosen.length === 0 || this.busy || (this.share && !this.preview)) return false;
    this.busy = true;
    this.failure = null;
    const { preview } = this;
    const shared = this.share && preview !== null && preview.count > 0;
    try {
      await this.shell.call('add', {
        conversation: this.view.conversation,
        members: this.people.members,
        teams: this.people.teams,
        share_from: shared ? (this.from ?? 1) : null,
        previewed: shared ? preview.head : null,
      });
      return true;
    } catch (thrown) {
      const { why } = CallError.from(thrown);
      if (why.error === 'refused' && why.refusal === 'preview_outdated') await this.look(this.from);
      this.failure = why;
      return false;
    } finally {
      this.busy = false;
    }
  }
}
