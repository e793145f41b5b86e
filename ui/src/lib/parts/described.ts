/** A text beside controls that describes them, too: each control within names it after its own. */
import { getContext, setContext } from 'svelte';

const KEY = Symbol('described');

/** `id`: of the element with the text, as long as it is there. */
export function describeControls(id: () => string | undefined): void {
  setContext(KEY, id);
}

/** For `aria-describedby` of a control: its own text, and the one beside it. */
export function description(): (own?: string) => string | undefined {
  const beside = getContext<(() => string | undefined) | undefined>(KEY);
  return (own) => [own, beside?.()].filter(Boolean).join(' ') || undefined;
}
