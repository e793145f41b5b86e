/** The window of an item (S3, P7): its card, and the visible conversations about it. */
import type { ApiError } from '$lib/bindings/ApiError';
import type { ItemView } from '$lib/bindings/ItemView';
import { CallError, type Shell } from '$lib/shell/shell';

import { Refresh } from './refresh';

export class ItemState {
  view = $state.raw<ItemView | null>(null);
  failure = $state.raw<ApiError | null>(null);
  private readonly asking: Refresh;

  constructor(
    private readonly shell: Shell,
    readonly id: string,
  ) {
    this.asking = new Refresh(() => this.ask());
  }

  /** Nothing of the item is visible to the user; it may not exist at all. */
  get nothing(): boolean {
    return this.view !== null && this.view.card === null && this.view.conversations.length === 0;
  }

  load(): Promise<void> {
    return this.asking.now();
  }

  private async ask(): Promise<void> {
    try {
      this.view = await this.shell.call('item', { item: this.id });
      this.failure = null;
    } catch (thrown) {
      this.failure = CallError.from(thrown).why;
    }
  }
}
