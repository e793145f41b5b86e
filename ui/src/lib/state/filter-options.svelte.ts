/** What the overview can be narrowed to, and what it is narrowed to now (L2). */
import type { Only } from '$lib/bindings/Only';
import type { OverviewChoices } from '$lib/bindings/OverviewChoices';
import { CallError, type Shell } from '$lib/shell/shell';

import { NOTHING_LEFT_OUT } from '$lib/defaults';

export class FilterOptions {
  /** `null` until they were asked for. */
  choices = $state.raw<OverviewChoices | null>(null);

  constructor(private readonly shell: Shell) {}

  async ask(): Promise<void> {
    try {
      this.choices = await this.shell.call('overview_choices', {});
    } catch (thrown) {
      // What is chosen can be taken away all the same.
      CallError.from(thrown);
    }
  }

  organisation(id: string): string | null {
    return this.choices?.organisations.find((one) => one.organisation === id)?.name ?? null;
  }
}

/** Without one of what it is narrowed to. */
export function without(only: Only, part: keyof Only): Only {
  return { ...only, [part]: NOTHING_LEFT_OUT[part] };
}
