// Conversations that were open before are no longer in memory (BD5).

/** @typedef {import('../preview.js').Preview} Preview */
/** @typedef {import('playwright-core').Page} Page */

/** Conversations that are opened. */
const OPENED = 40;
/** Fields in memory afterwards: some that were closed a moment ago are still in use by what was begun for them. */
const MOST = 10;

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
  try {
    await switchOften(page, OPENED);
    // Counts also fields that are in no document, once garbage was collected.
    const { result } = await session.send('Runtime.evaluate', {
      expression: 'HTMLTextAreaElement.prototype',
    });
    const { objects } = await session.send('Runtime.queryObjects', {
      prototypeObjectId: result.objectId ?? '',
    });
    const counted = await session.send('Runtime.callFunctionOn', {
      objectId: objects.objectId ?? '',
      functionDeclaration: 'function () { return this.length; }',
      returnByValue: true,
    });
    const fields = Number(counted.result.value);
    return fields >= 1 && fields <= MOST
      ? []
      : [`${OPENED} conversations were opened, and ${fields} fields to write in are in memory`];
  } finally {
    await page.context().close();
  }
}
