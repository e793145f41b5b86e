/** The keyboard is never nowhere: what had it may go, or is not there yet. */

/** A row far away is drawn some frames later, and takes the keyboard once it was measured. */
const FRAMES = 20;

/** Gives the keyboard to something as soon as it is there, for as long as that is wanted. */
export async function focusOnceThere(
  find: () => HTMLElement | null | undefined,
  wanted: () => boolean = () => true,
  how: FocusOptions = {},
): Promise<void> {
  for (let frame = 0; frame < FRAMES && wanted(); frame += 1) {
    const found = find();
    found?.focus(how);
    if (found && document.activeElement === found) return;
    await new Promise(requestAnimationFrame);
  }
}

const TABBABLE = ['a[href]', 'button', 'input', 'select', 'textarea', '[tabindex]'].join(
  ':not([tabindex="-1"], :disabled), ',
);

function first(within: ParentNode, what: string): HTMLElement | undefined {
  const found = within.querySelectorAll<HTMLElement>(what);
  return [...found].find((one) => one.offsetParent !== null && !one.matches(':disabled'));
}

/** The control of a row: of several to choose from the chosen one, otherwise the first that can be used. */
export function controlIn(row: HTMLElement): HTMLElement | undefined {
  return first(row, 'input:checked:not([type="checkbox"])') ?? first(row, 'button, select, input');
}

/** To where one begins, in the whole window or a part of it: what is marked as that. */
export function goHome(within: ParentNode = document): boolean {
  const home = first(within, '[data-home]');
  home?.focus();
  return home !== undefined;
}

/** The element that was focused only because no other element had the focus. */
let stopgap: Element | null = null;

/** Nothing has the keyboard that anyone gave it to. */
export function isNowhere(): boolean {
  const { activeElement: at, body } = document;
  return at === null || at === body || at === stopgap;
}

/**
 * Moves the focus to what is left around an element that had it and is gone (a button that did its work, a list that was
 * closed), unless other code moves it. Runs until the returned function is called.
 */
export function keepKeyboard(): () => void {
  let around: Element[] = [];

  function note({ target }: FocusEvent) {
    around = [];
    for (let at = target instanceof Element ? target : null; at; at = at.parentElement) around.push(at);
  }
  function look() {
    const [had] = around;
    if (had === undefined || had.isConnected) return;
    const left = around.filter((one) => one.isConnected && one !== document.body);
    around = [];
    // Code that moves the focus to a better place runs first.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (document.activeElement !== document.body) return;
        for (const one of left) if (one instanceof HTMLElement && takes(one)) break;
        stopgap = document.activeElement === document.body ? null : document.activeElement;
      }),
    );
  }
  const watch = new MutationObserver(look);
  watch.observe(document.body, { childList: true, subtree: true });
  document.addEventListener('focusin', note);
  return () => {
    watch.disconnect();
    document.removeEventListener('focusin', note);
  };
}

function takes(place: HTMLElement): boolean {
  place.focus({ preventScroll: true });
  if (document.activeElement === place || goHome(place)) return true;
  const next = first(place, TABBABLE);
  next?.focus();
  return next !== undefined;
}
