// Conversations that were open before are no longer in memory (BD5).

/** @typedef {import('../preview.js').Preview} Preview */
/** @typedef {import('playwright-core').Page} Page */

/** Conversations that are opened before anything is counted, and then. */
const FIRST = 12;
const THEN = 36;
/** Nodes afterwards, times those before. Were each view kept, it would be more than three times. */
const MOST = 1.5;

/**
 * Opens one conversation after the other, with the keyboard in the field of the one before.
 * @param {Page} page @param {number} times
 */
async function switchOften(page, times) {
  for (let time = 0; time < times; time += 1) {
    const opened = await page.evaluate((place) => {
      const rows = /** @type {HTMLElement[]} */ ([
        ...document.querySelectorAll('[data-testid="overview-row"]'),
      ]);
      const row = rows.filter((one) => one.getAttribute('aria-current') !== 'true')[
        place % (rows.length - 1)
      ];
      row?.click();
      return row?.dataset['conversation'];
    }, time);
    // Nothing is returned of the page: a handle of a node keeps all that it is part of.
    await page.waitForFunction(
      (id) =>
        document.querySelector(`[data-conversation="${id}"][aria-current="true"]`) !== null &&
        document.activeElement?.matches('[data-testid="conversation"] *') === true,
      opened,
    );
  }
}

/** @param {Preview} preview @returns {Promise<string[]>} */
export async function keptViews(preview) {
  const page = await preview.enter('fake=demo');
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const nodes = async () => {
    await session.send('HeapProfiler.collectGarbage');
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'Nodes')?.value ?? NaN;
  };
  try {
    await switchOften(page, FIRST);
    const before = await nodes();
    await switchOften(page, THEN);
    const after = await nodes();
    return after <= before * MOST
      ? []
      : [`${THEN} more conversations were opened, and ${after} nodes are in memory instead of ${before}`];
  } finally {
    await page.context().close();
  }
}
