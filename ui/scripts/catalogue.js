// How the catalogue (messages/*.json) becomes typed functions: the same for building, checking and testing.

/** @type {import('@inlang/paraglide-js').CompilerOptions} */
export const catalogue = {
  project: './project.inlang',
  outdir: './src/lib/paraglide',
  // The language is a setting of the person, not of an address or a cookie.
  strategy: ['globalVariable', 'baseLocale'],
  emitTsDeclarations: true,
};
