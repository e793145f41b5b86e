/** A day when everyone in the fake world is at work. */
export const NOW = new Date('2026-11-19T14:35:00').getTime();
