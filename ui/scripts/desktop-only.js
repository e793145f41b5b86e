// Fails a production build that contains what only development and tests need.

/** Modules that no production build has, by their path. */
const FOREIGN = /\/src\/(?:lib\/shell\/(?:fake\/|remote\.ts)|testing\/)/u;

/**
 * The modules of a bundle that do not belong in a production build.
 * @param {Record<string, { type: string, modules?: Record<string, unknown> }>} bundle
 */
export function foreign(bundle) {
  const modules = Object.values(bundle).flatMap((chunk) => Object.keys(chunk.modules ?? {}));
  return modules.filter((id) => FOREIGN.test(id.replaceAll('\\', '/')));
}

/** @returns {import('vite').Plugin} */
export function desktopOnly() {
  let production = false;
  return {
    name: 'desktop-only',
    apply: 'build',
    configResolved: ({ mode }) => void (production = mode === 'production'),
    generateBundle(_, bundle) {
      const found = production ? foreign(bundle) : [];
      if (found.length > 0) this.error(`A production build must not contain ${found.join(', ')}.`);
    },
  };
}
