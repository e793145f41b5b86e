// Actions on the page that the scenes share, as a user does them.
/** @typedef {import('playwright-core').Page} Page */

/** @param {string} id */
export const test = (id) => `[data-testid="${id}"]`;

/** @param {Page} page @param {string} id */
export async function open(page, id) {
  await page.click(`[data-conversation="${id}"]`);
  await page.waitForSelector(`${test('timeline')}.placed`);
}

/** @param {Page} page @param {string} text */
export async function write(page, text) {
  for (const [at, line] of text.split('\n').entries()) {
    if (at > 0) await page.keyboard.press('Shift+Enter');
    await page.locator(test('composer')).pressSequentially(line);
  }
}

/** Opens a conversation, and who takes part in it. @param {Page} page @param {string} id */
export async function participants(page, id) {
  await open(page, id);
  await page.click(test('participants'));
  await page.waitForSelector(test('participants-panel'));
}

/** Opens the actions of someone who takes part, wherever in the list they are. @param {Page} page @param {string} membership */
export async function actionsOf(page, membership) {
  await page.locator('[data-row]').first().focus();
  await page.keyboard.press('Home');
  const wanted = () => page.evaluate(() => document.activeElement?.getAttribute('data-row'));
  while ((await wanted()) !== membership) {
    const before = await wanted();
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction((row) => document.activeElement?.getAttribute('data-row') !== row, before);
  }
  await page.keyboard.press('Enter');
  await page.waitForSelector('.menu');
}

/** Looks for someone or a team, and waits until that is what is offered. @param {Page} page @param {string} name */
export async function find(page, name) {
  await page.fill(test('people-search'), name);
  await page.waitForFunction(
    (wanted) =>
      document
        .querySelector('[role="listbox"][aria-busy="false"] [data-testid="found-person"]')
        ?.textContent?.toLowerCase()
        .includes(wanted),
    name,
  );
}

/** Opens the settings. @param {Page} page */
export async function settings(page) {
  await page.click(test('display-options'));
  await page.waitForSelector(test('settings-search'));
}

/** Opens the settings at a page. @param {Page} page @param {string} concern */
export async function settingsPage(page, concern) {
  await settings(page);
  await page.click(test(`settings-page-${concern}`));
}
