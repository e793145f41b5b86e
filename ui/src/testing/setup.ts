/** Before each file of tests: a browser, for those that are run in one. */
if (typeof window !== 'undefined') await import('./browser');

export {};
