/** Options of the filter of the overview (L2). */
import type { Only } from '$lib/bindings/Only';
import type { OverviewChoices } from '$lib/bindings/OverviewChoices';
import { CallError, type Shell } from '$lib/shell/shell';

import { NOTHING_LEFT_OUT } from './only';

export class FilterOptions {
  /** `null` until the first answer. */
  choices = $state.raw<OverviewChoices | null>(null);

  constructor(private readonly shell: Shell) {}

  async ask(): Promise<void> {
    try {
      this.choices = await this.shell.call('overview_choices', {});
    } catch (thrown) {
      // Without the options, an active filter can still be removed.
      CallError.from(thrown);
    }
  }

  organisation(id: string): string | null {
    return this.choices?.organisations.find((one) => one.organisation === id)?.name ?? null;
  }
}

/** The filter without one of its parts. */
export function without(only: Only, part: keyof Only): Only {
  return { ...only, [part]: NOTHING_LEFT_OUT[part] };
}
