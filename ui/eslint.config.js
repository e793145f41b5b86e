import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

import svelteConfig from './svelte.config.js';

/** Types and classes that JavaScript and the browser define. */
const GLOBAL_TYPES = Object.keys({ ...globals.browser, ...globals.builtin }).filter((name) =>
  /^[A-Z]\w*[a-z]/u.test(name),
);
const SHADOWS = `/^(${GLOBAL_TYPES.join('|')})$/`;

const STORAGE = ['localStorage', 'sessionStorage'].map((name) => ({
  name,
  message: 'Nothing of a person lies on the disk unencrypted: ask the engine to keep it.',
}));
const NETWORK = { name: 'fetch', message: 'The screen never speaks to a network: it asks the shell.' };

export default defineConfig(
  { ignores: ['dist/', 'dist-browser/', 'src/lib/paraglide/', 'src/lib/bindings/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      'no-undef': 'off',
      'no-restricted-globals': ['error', ...STORAGE, NETWORK],
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'No HTML is ever interpreted (M1).' },
        { property: 'outerHTML', message: 'No HTML is ever interpreted (M1).' },
        { property: 'insertAdjacentHTML', message: 'No HTML is ever interpreted (M1).' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: [
            `ImportDeclaration > [local.name=${SHADOWS}]`,
            `:matches(ClassDeclaration, TSInterfaceDeclaration, TSTypeAliasDeclaration)[id.name=${SHADOWS}]`,
          ].join(', '),
          message:
            'JavaScript or the browser has a type of this name: import or declare it under another name.',
        },
      ],
      'no-console': 'error',
      // Sets and maps that are made and used in one place are no state.
      'svelte/prefer-svelte-reactivity': 'off',
      'svelte/no-at-html-tags': 'error',
      'svelte/no-inline-styles': ['error', { allowTransitions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.ts', '**/*.svelte'],
    ignores: ['src/lib/shell/tauri.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@tauri-apps/*'],
              message:
                'Only src/lib/shell/tauri.ts knows Tauri; add what you need to its interface and its fake.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { extraFileExtensions: ['.svelte'], parser: ts.parser, svelteConfig },
    },
  },
  {
    // The development server is asked over loopback; no production build contains these.
    files: ['src/lib/shell/remote.ts', 'src/testing/real/**'],
    rules: { 'no-restricted-globals': ['error', ...STORAGE] },
  },
  {
    files: ['scripts/**', 'shots/**', '*.config.*'],
    languageOptions: { globals: { ...globals.node } },
    rules: { 'no-console': 'off', 'no-restricted-globals': 'off' },
  },
);
