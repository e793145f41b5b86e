/**
 * The screens that the first one, the overview, does without. They are two thirds of all code, which whoever starts the
 * program would wait for (BD1): it comes once the overview was painted, or as soon as one of them is needed.
 */
type Screens = typeof import('./screens');

let screens = $state.raw<Screens | null>(null);

/** They, once they are there. */
export function lazyScreens(): Screens | null {
  return screens;
}

export async function loadLazyScreens(): Promise<void> {
  screens ??= await import('./screens');
}
