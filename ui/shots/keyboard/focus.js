// The focused element of the page, and whether the focus is visible. Both functions run in the page, without imports.

/** A name of the focused element that is the same each time it has the focus. @returns {string} */
export function named() {
  const at = document.activeElement;
  if (!at || at === document.body) return 'nothing';
  const field = at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement;
  const marks = ['data-conversation', 'data-message', 'data-row', 'data-part', 'aria-label'];
  return [
    at.tagName.toLowerCase(),
    at.closest('[data-testid]')?.getAttribute('data-testid'),
    ...marks.map((mark) => at.getAttribute(mark)),
    field ? '' : at.textContent?.trim().slice(0, 40),
  ]
    .filter(Boolean)
    .join(' ');
}

/**
 * The fault of the focused element; empty if there is none. It exists, is in sight and not covered (WCAG 2.4.11),
 * and something that a rule for the focus draws stands out against what is behind it (2.4.7, and 1.4.11: 3 to 1).
 * @returns {string}
 */
export function unseen() {
  const at = document.activeElement;
  if (!at || at === document.body) return 'nothing has the keyboard';
  const name = at.closest('[data-testid]')?.getAttribute('data-testid') ?? at.getAttribute('aria-label');
  const what = `${at.tagName.toLowerCase()} ${name ?? at.textContent?.trim().slice(0, 30)}`;
  // A choice is drawn by its label.
  const drawn = at.getBoundingClientRect().width > 2 ? at : (at.closest('label') ?? at);

  if (!drawn.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
    return `the keyboard is at ${what}, which is not shown`;
  const box = drawn.getBoundingClientRect();
  const across = [box.left + box.width / 2, box.left + 4, box.right - 4];
  const down = [box.top + box.height / 2, box.top + 4, box.bottom - 4];
  const hit = across.some((x) =>
    down.some((y) => {
      const top = document.elementFromPoint(x, y);
      return top !== null && (drawn.contains(top) || top.contains(drawn));
    }),
  );
  if (!hit) return `the keyboard is at ${what}, which is out of sight`;

  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (
    new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
  );
  /** @param {string[]} colours one over the other @returns {number} */
  const light = (colours) => {
    for (const colour of ['white', ...colours]) {
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
    }
    const [red = 0, green = 0, blue = 0] = [...pen.getImageData(0, 0, 1, 1).data].map((one) => {
      const part = one / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  /** @param {Element | null} element @returns {string[]} */
  const ground = (element) =>
    element ? [...ground(element.parentElement), getComputedStyle(element).backgroundColor] : [];
  /** @param {string} colour @param {Element | null} behind */
  const standsOut = (colour, behind) => {
    const [one, other] = [light([...ground(behind), colour]), light(ground(behind))];
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05) >= 3;
  };

  /** @param {CSSRuleList} rules @returns {CSSStyleRule[]} */
  const flat = (rules) =>
    [...rules].flatMap((rule) => {
      if (rule instanceof CSSMediaRule)
        return matchMedia(rule.conditionText).matches ? flat(rule.cssRules) : [];
      return rule instanceof CSSStyleRule && /:focus|highlighted/.test(rule.selectorText) ? [rule] : [];
    });
  const rules = [...document.styleSheets].flatMap((sheet) => flat(sheet.cssRules));
  const around = [drawn];
  while (around.length < 4 && around.at(-1)?.parentElement)
    around.push(/** @type {Element} */ (around.at(-1)?.parentElement));
  const seen = around.some((element) => {
    const drawing = rules.filter((rule) => element.matches(rule.selectorText));
    if (drawing.length === 0) return false;
    const style = getComputedStyle(element);
    const { outlineStyle, outlineWidth, outlineOffset, outlineColor, boxShadow, backgroundImage } = style;
    const ring = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1.5;
    if (ring && standsOut(outlineColor, parseFloat(outlineOffset) < 0 ? element : element.parentElement))
      return true;
    const sets = (/** @type {string} */ property) =>
      drawing.some((rule) => rule.style.getPropertyValue(property));
    const colours = `${sets('box-shadow') ? boxShadow : ''} ${sets('background') ? backgroundImage : ''}`;
    const sides = /** @type {const} */ (['Top', 'Bottom', 'Left', 'Right']);
    const edge = (/** @type {typeof sides[number]} */ side) =>
      sets(`border-${side.toLowerCase()}`) &&
      parseFloat(style[`border${side}Width`]) >= 2 &&
      standsOut(style[`border${side}Color`], element);
    if (sides.some(edge)) return true;
    return (colours.match(/\w+\([^()]*\)/g) ?? []).some((colour) => standsOut(colour, element));
  });
  return seen ? '' : `the keyboard is at ${what}, and nothing shows that it is`;
}
