/**
 * All screens except the overview. They are two thirds of the code, and loading them at the start would delay the overview
 * (BD1): they load once the overview is painted, or as soon as one of them is needed.
 */
type Screens = typeof import('./screens');

let screens = $state.raw<Screens | null>(null);

/** The screens; `null` until they are loaded. */
export function lazyScreens(): Screens | null {
  return screens;
}

export async function loadLazyScreens(): Promise<void> {
  screens ??= await import('./screens');
}
