/** The actions on a file of a message, and the file that is shown over the window. */
import type { AttachmentView } from '$lib/bindings/AttachmentView';
import type { Shell } from '$lib/shell/shell';

import type { Notices } from './notices.svelte';
import type { SettingsState } from './settings.svelte';

export class FileActions {
  constructor(
    private readonly shell: Shell,
    private readonly notices: Notices,
    private readonly conversation: string,
    private readonly settings: SettingsState,
  ) {}

  /** Whether the organisation allows it on this computer. */
  get maySave(): boolean {
    return this.settings.current['files.save'];
  }

  /** The same, of other programs. */
  get mayOpen(): boolean {
    return this.settings.current['files.open'];
  }

  private attempt(name: 'fetch_attachment' | 'cancel_fetch', id: string): void {
    const { conversation } = this;
    void this.notices.attempt(() => this.shell.call(name, { conversation, id }));
  }

  /** Asks for it; also again, after it was not to be had. */
  fetch({ id }: AttachmentView): void {
    this.attempt('fetch_attachment', id);
  }

  cancelFetch({ id }: AttachmentView): void {
    this.attempt('cancel_fetch', id);
  }

  /** Keeps it on this device, or no longer. */
  pin({ id, pinned }: AttachmentView): void {
    const { conversation } = this;
    void this.notices.attempt(() => this.shell.call('pin_attachment', { conversation, id, pinned: !pinned }));
  }

  /** The user knows that a file they sent was refused. */
  acknowledge({ id }: AttachmentView): void {
    const { conversation } = this;
    void this.notices.attempt(() => this.shell.call('acknowledge_refused', { conversation, id }));
  }

  saveAs({ id }: AttachmentView): void {
    void this.notices.attempt(() => this.shell.program('save_attachment', { id }));
  }

  /** In another program. */
  open({ id }: AttachmentView): void {
    void this.notices.attempt(() => this.shell.program('open_attachment', { id }));
  }
}

/** Its bytes are on this device. */
export function isHere({ state }: AttachmentView): boolean {
  return ['draft', 'here', 'queued', 'uploading', 'paused', 'uploaded'].includes(state.state);
}

/** It is of an accepted message: it can be fetched and kept. */
export function isAccepted({ state }: AttachmentView): boolean {
  return ['remote', 'downloading', 'wanted', 'here', 'unchecked', 'unavailable'].includes(state.state);
}

/** It can be asked for, now or again. */
export function mayFetch({ state }: AttachmentView): boolean {
  if (state.state === 'unavailable') return state.fault !== 'infected';
  return state.state === 'remote';
}

export function isComing({ state }: AttachmentView): boolean {
  return state.state === 'downloading' || state.state === 'wanted';
}
