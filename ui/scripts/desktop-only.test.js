import { describe, expect, it } from 'vitest';

import { desktopOnly, foreign } from './desktop-only.js';

/** A bundle of these modules. @param {...string} ids */
function bundle(...ids) {
  return { 'index.js': { type: 'chunk', modules: Object.fromEntries(ids.map((id) => [id, {}])) } };
}

const OWN = '/clone/ui/src/lib/shell/tauri.ts';
const REMOTE = '/clone/ui/src/lib/shell/remote.ts';
const FAKE = 'C:\\ui\\src\\lib\\shell\\fake\\world.ts';

/** The errors of the plugin for a build in this mode that contains both. @param {string} mode */
function saidOf(mode) {
  const plugin = /** @type {any} */ (desktopOnly());
  /** @type {string[]} */
  const said = [];
  plugin.configResolved({ mode });
  plugin.generateBundle.call(
    { error: (/** @type {string} */ why) => said.push(why) },
    {},
    bundle(OWN, REMOTE, FAKE),
  );
  return said;
}

describe('a production build', () => {
  it('fails where it contains what only development and tests need', () => {
    expect(foreign(bundle(OWN, REMOTE, FAKE))).toEqual([REMOTE, FAKE]);
    expect(foreign(bundle(OWN, '/clone/ui/src/lib/state/remote.ts'))).toEqual([]);
    expect(saidOf('production')).toEqual([expect.stringContaining('shell/remote.ts')]);
    expect(saidOf('browser')).toEqual([]);
  });
});
