// The main scenes with the system's own colours and without motion, and the order of Tab in each.
import { isMain, SCENES } from '../scenes.js';
import { unseen } from './focus.js';

/** @typedef {import('../preview.js').Preview} Preview */

export const MAIN_SCENES = SCENES.filter(isMain);
/** More stops than any screen has. */
const STOPS = 90;

/** Everything that can be used has an edge, and what is chosen differs from what is not. @returns {string[]} */
function edgeless() {
  const what =
    'button, a[href], input, select, textarea, [role="option"], [role="menuitem"], label:has(input.spoken)';
  const shown = (/** @type {Element} */ one) =>
    one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    one.getBoundingClientRect().width > 2;
  const name = (/** @type {Element} */ one) =>
    `${one.closest('[data-testid]')?.getAttribute('data-testid')} ${one.getAttribute('aria-label') ?? one.textContent?.trim().slice(0, 30)}`;
  const hasEdge = (/** @type {Element} */ one) => {
    const style = getComputedStyle(one);
    const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
    const sides = /** @type {const} */ (['Top', 'Bottom', 'Left', 'Right']);
    const edge = sides.some(
      (side) =>
        style[`border${side}Style`] !== 'none' &&
        parseFloat(style[`border${side}Width`]) > 0 &&
        style[`border${side}Color`] !== style.backgroundColor,
    );
    return (
      ring ||
      edge ||
      style.textDecorationLine.includes('underline') ||
      (one instanceof HTMLInputElement && /checkbox|radio/.test(one.type))
    );
  };
  const bare = [...document.querySelectorAll(what)]
    .filter(shown)
    // A field is drawn by the box around it, and so are choices side by side.
    .filter(
      (one) =>
        !hasEdge(one) &&
        !(
          one.matches('input, textarea, label') &&
          [one.parentElement, one.parentElement?.parentElement].some((box) => box && hasEdge(box))
        ),
    )
    .map((one) => `${name(one)} has no edge`);

  const look = (/** @type {Element} */ one) => {
    const { backgroundColor, outlineStyle, outlineColor, outlineWidth, borderTopWidth, borderTopColor } =
      getComputedStyle(one);
    return [backgroundColor, outlineStyle, outlineColor, outlineWidth, borderTopWidth, borderTopColor].join();
  };
  const chosen =
    '[aria-current="true"], [aria-selected="true"], label.chosen, [aria-pressed="true"], [data-highlighted]';
  const same = [...document.querySelectorAll(chosen)].filter(shown).flatMap((one) => {
    const kind = one.getAttribute('data-testid') ?? one.getAttribute('role') ?? one.tagName;
    const role = one.getAttribute('role');
    const others = role ? `[role="${role}"]` : one.matches('label') ? 'label' : `[data-testid="${kind}"]`;
    const other = [...document.querySelectorAll(others)].find(
      (two) => shown(two) && !two.matches(chosen) && two.tagName === one.tagName,
    );
    return other && look(other) === look(one) ? [`${name(one)} is chosen and looks like what is not`] : [];
  });
  return [...bare, ...same];
}

/** Animations that are long enough to be seen. @returns {string[]} */
function moving() {
  const long = (/** @type {string} */ times) =>
    times.split(',').some((time) => parseFloat(time) * (time.trim().endsWith('ms') ? 1 : 1000) > 10);
  const still = [...document.querySelectorAll('*')].flatMap((one) =>
    ['', '::before', '::after'].flatMap((part) => {
      const { transitionDuration, animationName, animationDuration, scrollBehavior } = getComputedStyle(
        one,
        part || undefined,
      );
      const moves =
        long(transitionDuration) ||
        (animationName !== 'none' && long(animationDuration)) ||
        scrollBehavior === 'smooth';
      return moves ? [`${one.tagName.toLowerCase()}.${one.className}${part} moves`] : [];
    }),
  );
  const run = document.getAnimations().filter((one) => Number(one.effect?.getComputedTiming().duration) > 10);
  return [...new Set(still), ...run.map(() => 'an animation runs')];
}

/** In the system's own colours. @param {Preview} preview @param {import('../scenes.js').Scene} scene @returns {Promise<string[]>} */
export async function looks(preview, { world, size: [width, height] = [1280, 800], act }) {
  /** @type {Set<string>} */
  const wrong = new Set();
  const ways = /** @type {const} */ ([
    { theme: 'light', forced: true },
    { theme: 'dark', forced: false },
  ]);
  for (const { theme, forced } of ways) {
    const page = await preview.enter(world, { theme, forced, viewport: { width, height } });
    page.setDefaultTimeout(30_000);
    await act?.(page);
    await preview.settled(page);
    for (const one of await page.evaluate(moving)) wrong.add(one);
    if (forced) for (const one of await page.evaluate(edgeless)) wrong.add(one);
    // All the way round by Tab: each stop can be seen.
    await page.keyboard.press('Tab');
    for (let stop = 0; stop < STOPS; stop += 1) {
      const lacks = await page.evaluate(unseen);
      if (lacks === 'nothing has the keyboard' || (await page.evaluate(wasThere))) break;
      if (lacks) wrong.add(`${lacks} (${forced ? 'forced colours' : 'dark'})`);
      await page.keyboard.press('Tab');
    }
    await page.context().close();
  }
  return [...wrong];
}

/** One came round to where one was. @returns {boolean} */
function wasThere() {
  const at = document.activeElement;
  // @ts-expect-error a note of one's own
  const stops = (window.stops ??= new Set());
  const there = stops.has(at);
  stops.add(at);
  return there;
}
