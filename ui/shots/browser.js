// The browser that pictures are made with: the one that CHROMIUM names, or the first of those that a system may have.
import { existsSync } from 'node:fs';

import { chromium } from 'playwright-core';

const USUAL = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/snap/bin/chromium',
  '/usr/bin/google-chrome',
];

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function browser() {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? USUAL.find((path) => existsSync(path)) ?? USUAL[0],
    headless: true,
    args: FLAGS,
  });
}
