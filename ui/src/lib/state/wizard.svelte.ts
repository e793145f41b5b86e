/**
 * Starting a conversation, step by step (S1 to S3, O3).
 *
 * Direct: who, and there one is, typing. Group: the subject, who, and the first message. At an item: one colleague, and
 * the first message. Who works at several organisations says first which one it is from.
 */
import type { Card } from '$lib/bindings/Card';
import type { ApiError } from '$lib/bindings/ApiError';
import type { ItemView } from '$lib/bindings/ItemView';
import { LONGEST_SUBJECT } from '$lib/bindings/limits';
import { CallError, type Shell } from '$lib/shell/shell';
import { cleanLine } from '$lib/words/clean';
import { EditorText } from '$lib/words/editor-text';

import { Attaching } from './attaching.svelte';
import { isTeam, keyOf, type Choice } from './choice';
import { PeopleSearch } from './people.svelte';

export type Kind = 'direct' | 'group' | 'item';
export type Step = 'organisation' | 'subject' | 'people' | 'message';

const STEPS: Record<Kind, Step[]> = {
  direct: ['people'],
  group: ['subject', 'people', 'message'],
  item: ['people', 'message'],
};

export class WizardState {
  kind = $state<Kind>('direct');
  acting = $state('');
  subject = $state('');
  message = $state.raw(EditorText.EMPTY);
  /** The first message is urgent: the reason, as far as it is typed (M10). */
  urgent = $state<string | null>(null);
  busy = $state(false);
  failure = $state.raw<ApiError | null>(null);
  readonly people: PeopleSearch;
  /** The files of the first message (S2). */
  readonly attachments: Attaching;
  /** One comes back to it: what was written is still here, and was not sent. */
  resumed = $state(false);
  private started = false;
  /** The message being sent; the field is free for the next text. */
  private sending: EditorText | null = null;
  private at = $state(0);

  constructor(
    private readonly shell: Shell,
    /** Those that one may act from here. */
    readonly memberships: Card[],
    /** The item that it is about, where it is started there. */
    readonly item: ItemView | null = null,
  ) {
    this.kind = item ? 'item' : 'direct';
    this.acting = memberships[0]?.membership ?? '';
    this.people = new PeopleSearch(shell, this.acting);
    void this.people.look();
    this.attachments = new Attaching(shell, { to: 'new' });
    void this.attachments.refresh();
  }

  readonly steps = $derived.by<Step[]>(() => [
    ...(this.memberships.length > 1 ? (['organisation'] as const) : []),
    ...STEPS[this.kind],
  ]);

  get step(): Step {
    return this.steps[this.at] ?? 'people';
  }
  get number(): number {
    return this.at + 1;
  }
  get first(): boolean {
    return this.at === 0;
  }
  get last(): boolean {
    return this.at === this.steps.length - 1;
  }
  /** Something was written that nobody has yet. */
  get unsent(): boolean {
    return !this.started && (this.sending !== null || !this.message.blank || this.attachments.count > 0);
  }
  get subjectLeft(): number {
    return LONGEST_SUBJECT - [...this.subject].length;
  }
  get outside(): number {
    return this.people.chosen.filter((one) => one.outside).length;
  }

  /** Whether the step has what it needs. */
  get complete(): boolean {
    switch (this.step) {
      case 'organisation':
        return this.acting !== '';
      case 'subject':
        return this.subject.trim() !== '' && this.subjectLeft >= 0;
      case 'people':
        return this.people.chosen.length > 0 && this.subjectLeft >= 0;
      case 'message':
        return (
          (!this.message.blank || this.attachments.count > 0) &&
          !this.attachments.reading &&
          this.urgent?.trim() !== ''
        );
    }
  }

  be(kind: Kind): void {
    this.kind = kind;
    if (kind === 'group') this.people.offerTeams();
    else this.people.keepOne();
  }

  /** With somebody who was chosen elsewhere: a colleague directly, a team in a group. */
  begin(choice: Choice, acting: string | null): void {
    if (acting !== null && this.memberships.some((one) => one.membership === acting)) this.actAs(acting);
    this.be(isTeam(choice) ? 'group' : this.kind);
    if (this.kind !== 'group') for (const one of this.people.chosen) this.people.remove(keyOf(one));
    if (this.people.mayChoose(choice)) this.people.choose(choice);
    const first = this.steps.indexOf(this.kind === 'group' ? 'subject' : 'people');
    this.at = Math.max(0, first);
  }

  actAs(membership: string): void {
    this.acting = membership;
    this.people.actAs(membership);
  }

  next(): void {
    this.failure = null;
    if (this.complete && !this.last) this.at += 1;
  }

  back(): void {
    this.failure = null;
    if (this.at > 0) this.at -= 1;
  }

  /** A subject is one line, whatever it was pasted from (S2). */
  call(subject: string): void {
    this.subject = cleanLine(subject);
  }

  /**
   * The conversation that was started, or the one that was there already. What is typed meanwhile is not part of it: it is
   * the message afterwards.
   */
  async start(): Promise<string | null> {
    if (!this.complete || this.busy) return null;
    this.busy = true;
    this.failure = null;
    const { kind, item, message } = this;
    const files = kind === 'direct' ? [] : this.attachments.take();
    this.message = EditorText.EMPTY;
    this.sending = message;
    try {
      const conversation = await this.shell.call('start', {
        acting: this.acting,
        shape:
          kind === 'item' && item
            ? { shape: 'item', item: item.item }
            : { shape: kind as 'direct' | 'group' },
        with: this.people.members,
        teams: this.people.teams,
        subject: this.subject.trim() || null,
        text: kind === 'direct' || message.blank ? null : message.text(),
        attachments: files.length > 0,
        urgent: kind === 'direct' ? null : this.urgent,
      });
      this.started = true;
      void this.attachments.settle(files, true);
      return conversation;
    } catch (thrown) {
      this.message = this.message.blank ? message : message.followedBy(this.message);
      this.failure = CallError.from(thrown).why;
      void this.attachments.settle(files, false);
      return null;
    } finally {
      this.sending = null;
      this.busy = false;
    }
  }
}
