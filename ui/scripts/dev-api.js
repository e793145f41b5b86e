// Starts the development server once for all tests that play against the real engine, and ends it after them.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { NOW } from '../src/testing/now';

/** As `cargo xtask test programs` builds it. */
function program() {
  const target = process.env['CARGO_TARGET_DIR'] ?? fileURLToPath(new URL('../../target', import.meta.url));
  const built = join(target, 'debug', process.platform === 'win32' ? 'dev-api.exe' : 'dev-api');
  if (!existsSync(built)) throw new Error(`${built} is not there: \`cargo xtask test programs\` builds it.`);
  return built;
}

/** @param {import('vitest/node').TestProject} project */
export default async function setup(project) {
  const server = spawn(program(), ['--until-input-ends', '--now', String(NOW)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  /** @type {Record<string, string>} */
  const said = {};
  for await (const line of createInterface({ input: server.stdout })) {
    const [word = '', ...rest] = line.split(' ');
    said[word] = rest.join(' ');
    if (word === 'url') break;
  }
  const { url, token } = said;
  if (!url || !token) throw new Error('The development server did not start.');
  const provide = /** @type {(key: string, value: unknown) => void} */ (project.provide);
  provide.call(project, 'devServer', { url, token });
  return async () => {
    const ended = new Promise((done) => server.once('exit', done));
    server.stdin.end();
    await ended;
  };
}
