import { fileURLToPath } from 'node:url';

import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

import { catalogue } from './scripts/catalogue.js';
import { desktopOnly } from './scripts/desktop-only.js';
import { isolatedMessages } from './scripts/isolated.js';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export default defineConfig({
  plugins: [svelte(), paraglideVitePlugin(catalogue), isolatedMessages(), desktopOnly()],
  // The desktop app carries the interface inside: addresses are relative to its own page.
  base: './',
  clearScreen: false,
  server: { port: 5173, strictPort: true, fs: { allow: ['..'] } },
  // As strict as the desktop app (src-tauri/tauri.conf.json), so that pictures and stories show what would be blocked.
  preview: { port: 4173, headers: { 'Content-Security-Policy': POLICY } },
  build: {
    target: ['safari16', 'chrome111'],
    // Nothing is inlined, so that the content security policy can forbid `data:` and inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['./src/testing/setup.ts'],
    restoreMocks: true,
    // A test that expects nothing, as it may when it ends early, is none.
    expect: { requireAssertions: true },
    testTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'screen',
          include: ['src/**/*.test.ts', 'scripts/**/*.test.js'],
          exclude: ['src/**/*.real.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['src/**/*.real.test.ts'],
          globalSetup: ['./scripts/dev-api.js'],
          hookTimeout: 120_000,
        },
      },
    ],
  },
  resolve: {
    alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) },
    ...(process.env['VITEST'] ? { conditions: ['browser'] } : {}),
  },
});
