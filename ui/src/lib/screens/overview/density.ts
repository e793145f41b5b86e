/** How high a row of the overview is, before it was measured: with the letters at their usual size. */
import type { Density } from '$lib/bindings/Density';

const WHOLE = { compact: 53, normal: 64, roomy: 76 };
const BARE = { compact: 33, normal: 44, roomy: 56 };

export function heightOf(density: Density, bare: boolean): number {
  return (bare ? BARE : WHOLE)[density];
}
