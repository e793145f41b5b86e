/**
 * Navigation: what the main column shows, and what stands beside and over it.
 *
 * The main column has one view at a time. Opening another view always goes through this class, so that a draft is saved
 * and an unfinished wizard is kept whichever way the user leaves.
 */
import type { AttachTo } from '$lib/bindings/AttachTo';
import type { Link } from '$lib/bindings/Link';
import type { Shell } from '$lib/shell/shell';
import type { Concern } from '$lib/words/settings-entries';

import type { Attaching } from './attaching.svelte';
import type { Choice } from './choice';
import { ComposerState } from './composer.svelte';
import { ConversationState } from './conversation.svelte';
import { ItemState } from './item.svelte';
import type { SessionState } from './session.svelte';
import { SettingsView } from './settings-view.svelte';
import { SwitcherState } from './switcher.svelte';
import { WizardState } from './wizard.svelte';

/** Content of the main column. Readers switch over `kind`, so that a new kind does not compile until it is handled. */
export type View =
  | { readonly kind: 'empty' }
  | { readonly kind: 'conversation'; readonly conversation: ConversationState }
  | { readonly kind: 'item'; readonly item: ItemState }
  | { readonly kind: 'wizard'; readonly wizard: WizardState };

/** A sheet over the whole window. */
export type Sheet = 'options' | 'recovered' | 'sign-in' | 'switcher' | 'shortcuts' | 'availability';

/** One object, so that a view can be compared with `===` after a request: nothing was opened meanwhile. */
const EMPTY: View = { kind: 'empty' };

export class NavigationState {
  /** The overview is open, and not collapsed to the rail. */
  overviewOpen = $state(true);
  /** The open sheet; it stays open when the language changes. */
  sheet = $state<Sheet | null>(null);
  readonly settings = new SettingsView();
  private current = $state.raw<View>(EMPTY);

  /** Drafts live on while another conversation is open, so that a text is never moved and never lost. */
  private readonly composers = new Map<string, ComposerState>();
  /** A wizard that the user left with an unsent text; the next start of the wizard resumes it. */
  private unfinished: WizardState | null = null;
  /** Conversations that were open, the latest first. */
  private recent: string[] = [];

  constructor(
    private readonly shell: Shell,
    private readonly session: SessionState,
  ) {}

  get view(): View {
    return this.current;
  }

  /** The open conversation. */
  get conversation(): ConversationState | null {
    return this.current.kind === 'conversation' ? this.current.conversation : null;
  }

  /** The open item. */
  get item(): ItemState | null {
    return this.current.kind === 'item' ? this.current.item : null;
  }

  /** The open wizard. */
  get wizard(): WizardState | null {
    return this.current.kind === 'wizard' ? this.current.wizard : null;
  }

  /** Clears everything for another user. */
  forget(): void {
    this.current = EMPTY;
    this.sheet = null;
    this.settings.open(null);
    this.composers.clear();
    this.unfinished = null;
    this.recent = [];
  }

  /** Opens a conversation; `viaItem` opens one that the user sees inside its item without taking part. */
  async openConversation(id: string, viaItem = false): Promise<void> {
    if (this.conversation?.id !== id) await this.show(id, viaItem).load();
  }

  /** Opens a conversation at a message, with words marked in it. What one has not read stays unread but for what is seen. */
  async openAt(id: string, number: number, found: string[]): Promise<void> {
    const there = this.conversation;
    if (there?.id === id && there.view) return there.to(number, found);
    await this.show(id, false).load({ number, found });
  }

  private show(id: string, viaItem: boolean): ConversationState {
    const before = this.conversation;
    // The view changes before the draft is saved: what is typed next is for the new conversation.
    void this.leave();
    const opened = new ConversationState(this.shell, id, this.composer(id), () => this.gone(id), viaItem);
    opened.panel = before?.panel ?? null;
    this.current = { kind: 'conversation', conversation: opened };
    this.recent = [id, ...this.recent.filter((one) => one !== id)];
    return opened;
  }

  /** Opens the window of an item (S3). */
  async openItem(id: string): Promise<void> {
    void this.leave();
    const opened = new ItemState(this.shell, id);
    this.current = { kind: 'item', item: opened };
    await opened.load();
  }

  /** Opens the settings over what is open, at a page of them (N3). */
  openSettings(page: Concern | null = null): void {
    this.settings.open(page);
    this.sheet = 'options';
  }

  /** Opens the item, the conversation and the message in it, or the settings that a link points to. */
  async follow(link: Link): Promise<void> {
    if (link.link === 'settings') return this.openSettings(link.page);
    if (link.link === 'item') return this.openItem(link.item);
    await this.openConversation(link.conversation);
    const { conversation } = this;
    if (conversation?.id !== link.conversation || link.number === null || !conversation.view) return;
    await conversation.to(link.number);
  }

  /** Opens the wizard, with what the user left unfinished in it. */
  async openWizard(): Promise<void> {
    const { me } = this.session;
    if (!me) return;
    const left = this.leave();
    this.showWizard(this.resume(null) ?? new WizardState(this.shell, me.memberships));
    await left;
  }

  /** Opens the wizard with somebody chosen, from one of one's memberships (O5). */
  async openWizardFor(choice: Choice, acting: string | null): Promise<void> {
    await this.openWizard();
    this.wizard?.begin(choice, acting);
  }

  /** Opens the wizard for the item that is open, for the memberships that may start a conversation there (S3). */
  openWizardAtItem(): void {
    const item = this.item?.view;
    const { me } = this.session;
    if (!me || !item) return;
    const mine = me.memberships.filter((one) => item.may_start_as.includes(one.membership));
    this.showWizard(this.resume(item.item) ?? new WizardState(this.shell, mine, item));
  }

  /** Replaces a resumed wizard by an empty one. */
  restartWizard(): void {
    const { wizard } = this;
    if (!wizard) return;
    void wizard.attachments.clear();
    this.showWizard(new WizardState(this.shell, wizard.memberships, wizard.item));
  }

  /**
   * Starts the conversation of a wizard and opens it. Text that was typed while the request was under way becomes the
   * draft there. A user who opened something else meanwhile stays there.
   */
  async finishWizard(wizard: WizardState): Promise<void> {
    const started = await wizard.start();
    if (started === null) return;
    if (this.unfinished === wizard) this.unfinished = null;
    if (!wizard.message.blank) this.composer(started).append(wizard.message);
    if (this.wizard === wizard) await this.openConversation(started);
  }

  /** Empties the main column: where there is room for one column only, this leads to the overview. */
  async close(): Promise<void> {
    const left = this.leave();
    this.current = EMPTY;
    await left;
  }

  /** Goes back to where the view came from: from a wizard at an item to that item, otherwise to the overview. */
  async back(): Promise<void> {
    const item = this.wizard?.item?.item;
    if (item) return this.openItem(item);
    void this.close();
    this.overviewOpen = true;
  }

  /** Where files are gathered, if that is open or was. */
  attaching(to: AttachTo): Attaching | null {
    const { wizard } = this;
    if (to.to === 'new') return (wizard ?? this.unfinished)?.attachments ?? null;
    return this.composers.get(to.conversation)?.attachments ?? null;
  }

  /** Where files go that are dropped or pasted now: what is open, if files can be added to it. */
  get gathering(): Attaching | null {
    const view = this.current;
    if (view.kind === 'wizard') return view.wizard.step === 'message' ? view.wizard.attachments : null;
    if (view.kind !== 'conversation' || !view.conversation.view?.may.write) return null;
    return view.conversation.composer.attachments;
  }

  /** A switcher that offers the conversations that were open last. */
  switcher(): SwitcherState {
    return new SwitcherState(this.shell, this.recent, this.conversation?.id ?? null);
  }

  /** Keeps what the user would lose by leaving the view: the draft, or the wizard. Settles once the draft is saved. */
  async leave(): Promise<void> {
    const view = this.current;
    switch (view.kind) {
      case 'conversation':
        view.conversation.end();
        return view.conversation.composer.save();
      case 'wizard':
        if (view.wizard.unsent) this.unfinished = view.wizard;
        return;
      case 'item':
      case 'empty':
        return;
      default:
        view satisfies never;
    }
  }

  private showWizard(wizard: WizardState): void {
    this.current = { kind: 'wizard', wizard };
  }

  /** The unfinished wizard, if it is for the same item, or likewise for none. */
  private resume(item: string | null): WizardState | null {
    const { unfinished } = this;
    if (!unfinished || (unfinished.item?.item ?? null) !== item) return null;
    unfinished.resumed = true;
    this.unfinished = null;
    return unfinished;
  }

  private composer(id: string): ComposerState {
    const composer = this.composers.get(id) ?? new ComposerState(this.shell, id);
    this.composers.set(id, composer);
    return composer;
  }

  /** Removes a conversation that the user can no longer see. */
  private gone(id: string): void {
    this.composers.delete(id);
    const { conversation } = this;
    if (conversation?.id !== id) return;
    conversation.end();
    this.current = EMPTY;
  }
}
